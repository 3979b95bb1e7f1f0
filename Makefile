# bearward: registers users, checks passwords, hands out bearer tokens behind a web server.
#   make help                   print these lines
#   make                        build
#   make run                    build, and start a private instance on http://127.0.0.1:8000
#                               (HOST=, PORT= and VAR= choose another address, port and directory)
#   make quick                  build, and run the quick tests behind nginx (a minute)
#   make test T=WORD            run every test whose name, or whose file's, has WORD in it
#   make check                  run the tests behind nginx, and their core behind each server
#   make check-servers          run every test behind every web server and on both databases, also
#                               those that take long
#   make check-threads          run what happens at once with ThreadSanitizer (ten minutes)
#   make check-refresh          run 20,000 refreshes and 15,000 kills (half an hour)
#   make check-failover         kill a PostgreSQL 20 times and promote its standby (some minutes)
#   make check-examples         run every API of examples/, with what Go, Maven and Composer fetch
#                               (ten minutes)
#   make check-debian13         make check on a fresh Debian 13, as root (TESTS='-k json tests')
#   make check-foreign          as root, build for FOREIGN='arm64 i386', and run the unit tests
#   make check-fresh            as root, type README's two commands on a fresh minimal Debian 12 and 13,
#                               as root and as a user with sudo (SUITES= and ACCOUNTS=; half an hour)
#   make fuzz T=token           make up inputs for a parser, for FUZZ_SECONDS=60; without T for all
#   make bench                  measure it beside others (ten minutes)
#   make build-deps             install the Debian packages it takes to build;
#                               deps: and to run; check-deps: and to test
#   make install                copy it to where a system has such things (PREFIX=, DESTDIR=)
#   make service                as root, after make install: make what it takes to run it, and start
#                               it (ISSUER= and REGISTRATION= go into new settings)
#   make uninstall              remove what make install has copied
#   make deb                    build Debian packages into build/deb/, and say which
#   make dist-cgi               pack it for shared hosting
#   make release                pack what the tag of this version has, with checksum and signature
#                               (SIGN= names a key)
#   make swagger-ui             fetch Swagger UI for /docs
#   make screenshots            take the pictures of the README anew
#   make compile_commands.json  write how each file is compiled, for clangd and other tools
#   make clean                  remove what was built
#   V=1 shows each command, V=0 only linking. SANITIZE=address,undefined: into build/sanitized/

# The version. www/openapi.json and CHANGELOG.md name it too; tests/test_style.py compares them.
VERSION = 0.1

# One source a pool of processes.
ENDPOINTS = $(patsubst cgi-bin/%.c,%,$(wildcard cgi-bin/*.c))
HOST = 127.0.0.1
PORT = 8000
VAR = var
export HOST PORT VAR
TESTS = tests

# Debian packages: what it takes to build and install, what `make run` starts besides, and what the
# tests need on top.
BUILD_PACKAGES = gcc libargon2-dev libc6-dev libcrypt-dev libfcgi-dev libjson-c-dev libjwt-dev libscrypt-dev libsqlite3-dev libssl-dev libunistring-dev pkg-config curl openssl
PACKAGES = $(BUILD_PACKAGES) nginx-light spawn-fcgi
TEST_PACKAGES = apache2 apache2-bin apache2-utils bash-completion busybox caddy cgit chromium chromium-driver clang debhelper faketime fail2ban fcgiwrap fonts-dejavu-core haproxy iproute2 libapache2-mod-auth-openidc libapache2-mod-fcgid libclang-rt-dev libcmocka-dev libpq-dev libsodium-dev lighttpd lighttpd-modules-lua man-db mandoc media-types mmdebstrap msmtp node-express node-jose pgbouncer postgresql prometheus python3-aiosmtpd python3-argon2 python3-authlib python3-bcrypt python3-cryptography python3-django python3-fastapi python3-flask python3-httpx python3-jsonschema python3-jwt python3-passlib python3-prometheus-client python3-psycopg2 python3-pytest python3-pytest-xdist python3-python-multipart/python3-multipart python3-requests-oauthlib python3-requests-toolbelt python3-selenium python3-sqlalchemy python3-websockets python3-werkzeug python3-venv radicale sqlite3 strace systemd-container uvicorn uwsgi uwsgi-plugin-python3 systemd-dev/systemd valgrind wrk zsh
# What it takes besides to build packages of Debian.
DEB_PACKAGES = build-essential debhelper dpkg-dev libcmocka-dev libpq-dev systemd-dev/systemd
BENCH_PACKAGES = gnuplot-nox python3-httptools python3-uvloop

# What else `make bench` measures where Debian has it. Glewlwyd is set up with some database or not
# at all, and would bring MySQL's client.
BENCH_RIVAL = dbconfig-sqlite3 glewlwyd

# What /docs shows where npm is to be had: name, version and sha512 of the package. Its dependencies
# are for those who install it with npm, and stay away.
SWAGGER_UI = swagger-ui-dist 5.35.0 sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==
SWAGGER_UI_FILES = swagger-ui-bundle.js swagger-ui.css swagger-ui-bundle.js.LICENSE.txt LICENSE NOTICE
FETCH_SWAGGER_UI = conf/fetch-npm $(SWAGGER_UI) www/swagger-ui $(SWAGGER_UI_FILES) && \
	install -C -m 0644 www/docs-swagger.html www/swagger-ui/docs.html

CC = gcc
NM = nm
PKG_CONFIG = pkg-config
# What sanitizers watch is compiled more often than it is called: this takes half the time, and still names files and lines.
CFLAGS = $(if $(filter address%,$(SANITIZE)),-Og -g1,-O2 -g)
WARN = -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-psabi
# What not every compiler or processor has: asked once.
has = $(shell echo '\#include <features.h>' | $(CC) -Werror -O2 $(1) -E -x c - >/dev/null 2>&1 && echo $(1))
FORTIFY := $(or $(call has,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
MAYBE := $(call has,-fcf-protection) $(call has,-ftrivial-auto-var-init=zero)
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection $(MAYBE) $(if $(SANITIZE),,$(FORTIFY))
LINK = -pie -Wl,-z,relro,-z,now -Wl,--as-needed
# Where a long has 32 bits, times and sizes of files have 64 all the same.
WIDE_TYPES = -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
ALL_CFLAGS = -D_GNU_SOURCE $(WIDE_TYPES) -DVERSION='"$(VERSION)"' $(PLACES) $(MAIN) -Isrc -pthread $(WARN) $(HARDEN) $(SAN) $(CPPFLAGS) $(CFLAGS)
SAN = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Of libscrypt, Debian 13 has no name to ask for but the one in its -dev package.
LIBS = -lfcgi -ljwt -l:libscrypt.a -lsqlite3 -ljson-c -lunistring -largon2 -lcrypt -lcrypto

# PORTABLE=yes, for `make dist-cgi`: these are linked in, and the others are looked for beside the
# programs. What is linked in stays hidden: json-c has names that jansson, of libjwt, has too.
ARCHIVES = fcgi scrypt sqlite3 json-c unistring argon2 crypt
# The newest glibc that the archive may ask of a host: Ubuntu 22.04 and Rocky Linux 9 have this or newer.
GLIBC = 2.34
ifdef PORTABLE
LIBS = -Wl,-Bstatic $(ARCHIVES:%=-l%) -Wl,-Bdynamic -ljwt -lcrypto -lm
LINK += -Wl,--exclude-libs,ALL -Wl,--build-id=none -Wl,--disable-new-dtags -Wl,-u,arc4random_buf \
	'-Wl,-rpath,$$ORIGIN/lib:$$ORIGIN/auth/sign-in/lib'
endif

# Where `make install` puts things, below DESTDIR; in the last two it puts nothing: there programs
# look for their settings, and keep their state unless told otherwise.
PREFIX = /usr/local
bindir = $(PREFIX)/bin
libdir = $(PREFIX)/lib
datarootdir = $(PREFIX)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/bearward
# Debian's zsh looks into one directory for what its packages bring, and into another for the rest.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/$(if $(filter /usr/share,$(datadir)),vendor-completions,site-functions)
sysconfdir = /etc
localstatedir = /var
export DESTDIR bindir libdir datadir mandir docdir sysconfdir localstatedir
export bashcompletiondir zshcompletiondir
# What `make service` writes into new settings.
ISSUER =
REGISTRATION =
export ISSUER REGISTRATION
PLACES = -DDATADIR='"$(datadir)"' -DLIBDIR='"$(libdir)"' -DSYSCONFDIR='"$(sysconfdir)"' -DLOCALSTATEDIR='"$(localstatedir)"'

# Sanitized builds stand apart from the ones that `make run` starts; a portable one is the same objects, linked otherwise.
OUT = $(if $(SANITIZE),build/sanitized/)$(if $(PORTABLE),build/portable/)
OBJ = $(if $(PORTABLE),,$(OUT))build/
LIB = $(OUT)libbearward.a
RESPONDERS = $(ENDPOINTS:%=$(OUT)cgi-bin/%.fcgi)
# No pool, and never installed: `make dist-cgi` packs it.
SETUP = $(OUT)cgi-bin/setup.cgi
# A program that a test asks: beside them.
UNIT_PROGRAMS = $(OBJ)tests/unit/token/vectors
# What programs load where `database` names a PostgreSQL. It takes libpq-dev to build, and uses
# functions of the programs, which are linked so that it finds those.
MODULE := $(if $(PORTABLE),,$(if $(shell $(PKG_CONFIG) --exists libpq 2>/dev/null && echo yes),$(OUT)bearward-postgresql.so))
MODULE_OBJECTS = $(call objects,src/store/postgresql/*.c)
EXPORTS = $(if $(MODULE),$(OBJ)exports)
UNIT_TESTS = $(patsubst tests/unit/%.c,$(OBJ)tests/unit/%,$(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
# These stand in for functions of the C library, for all of a program, or start copies of theirs.
UNIT_ALONE = $(addprefix $(OBJ)tests/unit/,config/test_config hash/test_hasher hash/test_password hash/test_scrypt_kernel \
	http/test_reply serve/test_connections store/test_buckets store/test_buckets_mapped store/test_users token/test_key_life)
UNIT_TOGETHER = $(filter-out $(UNIT_ALONE),$(UNIT_TESTS))
FUZZ_TARGETS = $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
C_FILES = cgi-bin/*.c cgi-bin/*/*.c $(wildcard src/*/*.c src/*/*/*.c) tests/bench/*.c tests/fuzz/*.c tests/unit/*.c tests/unit/*/*.c tests/unit/*/*/*.c
objects = $(patsubst %.c,$(OBJ)%.o,$(wildcard $(1)))

# A recipe that begins with $(call say,CC,FILE) prints that in place of its command.
say = $(if $(filter 1,$(V)),,@$(if $(filter CC0,$(1)$(V)),,echo '$(1) $(2)' && ))

all: $(RESPONDERS) $(SETUP) $(OUT)bearward $(OUT)common-passwords $(OUT)www $(or $(MODULE),without-postgresql)

without-postgresql:
	@echo 'Without PostgreSQL, for which it takes $(if $(PORTABLE),another build than this,the package libpq-dev).'

help:
	@sed -n 's/^#   //p' Makefile

$(OUT)cgi-bin/%.fcgi: $(OBJ)cgi-bin/%.o $(LIB) $(EXPORTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread -o $@ $(linked) $(LIBS)

$(SETUP): $(OBJ)cgi-bin/once/setup.o $(LIB) $(EXPORTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread -o $@ $(linked) $(LIBS)

$(OUT)bearward: $(call objects,src/ctl/*.c src/ctl/*/*.c) $(LIB) $(EXPORTS)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread -o $@ $(linked) $(LIBS)

# What is linked into a program: the names that the module uses are options of the linker.
linked = $(filter-out $(EXPORTS),$^) $(if $(EXPORTS),@$(EXPORTS))

$(OUT)bearward-postgresql.so: $(MODULE_OBJECTS)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) -shared -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN) $(LDFLAGS) -pthread -o $@ $^ -lpq

$(OBJ)exports: $(MODULE_OBJECTS) $(LIB)
	@$(NM) -g --defined-only $(LIB) | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort -u >$@.ours
	@$(NM) -g --defined-only $(MODULE_OBJECTS) | sed -n 's/^[0-9a-f]* [A-Z] //p' | sort -u >$@.module
	@$(NM) -u $(MODULE_OBJECTS) | sed -n 's/^ *U //p' | sort -u | comm -12 - $@.ours | comm -23 - $@.module | sed 's/.*/-Wl,-u,& -Wl,--export-dynamic-symbol=&/' >$@

# Only a shared object needs all of it position-independent; programs are linked without libpq.
$(MODULE_OBJECTS): HARDEN += -fPIC -fvisibility=hidden $(shell $(PKG_CONFIG) --cflags libpq 2>/dev/null)

# Programs that are not installed look for it beside them, or one directory above.
$(OUT)common-passwords: conf/common-passwords
	@install -D -m 0644 $< $@

# Likewise what people see; only a build that stands apart has to be led to it.
# Unit tests look one directory above them as well.
$(OBJ)tests/unit/bearward-postgresql.so: $(MODULE)
	@mkdir -p $(@D) && ln -sfr $< $@

$(OUT)www:
	@mkdir -p $(@D) && ln -sr www $@

$(LIB): $(call objects,$(filter-out src/ctl/% src/store/postgresql/%,$(wildcard src/*/*.c src/*/*/*.c)))
	@mkdir -p $(@D) && rm -f $@
	$(call say,AR,$@)$(AR) rcs $@ $^

$(OBJ)tests/unit/%: $(OBJ)tests/unit/%.o $(OBJ)tests/unit/deadline.o $(LIB) $(EXPORTS)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread -o $@ $(linked) -lcmocka $(LIBS)

# To link one program takes a twentieth of the time, and each finds its main() in it.
$(UNIT_TOGETHER): $(OBJ)tests/unit/together
	@ln -sfr $< $@

$(OBJ)tests/unit/together: $(OBJ)tests/unit/together.o $(OBJ)tests/unit/deadline.o $(UNIT_TOGETHER:%=%.o) $(LIB) $(EXPORTS)
	@! $(NM) -gA --defined-only $(UNIT_TOGETHER:%=%.o) | grep -v ' T \(tests_unit_[a-z0-9_]*\|__.*\)$$' || { echo 'These belong to UNIT_ALONE in the Makefile.' >&2; exit 1; }
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread '-Wl,--export-dynamic-symbol=tests_unit_*' -o $@ $(linked) -lcmocka $(LIBS)

$(UNIT_TOGETHER:%=%.o): MAIN = -Dmain=$(subst /,_,$*)

$(OBJ)%.o: %.c Makefile
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists 'libjwt < 3.0' || { echo 'libjwt 1.x is needed: make build-deps' >&2; exit 1; }
	$(call say,CC,$<)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# With FUZZ, libFuzzer makes the inputs up; else they are files that the program is given.
$(OBJ)tests/fuzz/%: $(OBJ)tests/fuzz/%.o $(if $(FUZZ),,$(OBJ)tests/fuzz/replay.o) $(LIB)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(if $(FUZZ),-fsanitize=fuzzer) $(LDFLAGS) -pthread -o $@ $^ $(LIBS)

# Changes only when the places do.
$(patsubst %,$(OBJ)src/%.o,$(addprefix config/,check config pages_read pages_site shipped) $(addprefix ctl/doctor/,backup responders web_examine)): $(OBJ)src/places
$(OBJ)src/places: FORCE
	@mkdir -p $(@D)
	@echo "$(PLACES)" | cmp -s - $@ || echo "$(PLACES)" > $@

# A bench that is a program of its own, on request: build/tests/bench/engine, .../store, .../grants, .../junk
$(OBJ)tests/bench/%: $(OBJ)tests/bench/%.o $(LIB) $(EXPORTS)
	$(call say,LD,$@)$(CC) $(LINK) $(SAN) $(LDFLAGS) -pthread -o $@ $(linked) -lsodium $(LIBS)

bench: check-deps
	@conf/install-packages $(BENCH_PACKAGES)
	@conf/install-packages $(BENCH_RIVAL) || echo 'So Glewlwyd is left out.'
	@$(MAKE) --no-print-directory all $(OBJ)tests/bench/engine
	@tests/bench/run $(BENCH)

bench-engine: $(OBJ)tests/bench/engine
	$< 14 9 $$(nproc) && $< 14 && $< 17 5

build-deps:
	@conf/install-packages $(BUILD_PACKAGES)

deps:
	@conf/install-packages $(PACKAGES)

check-deps:
	@conf/install-packages $(PACKAGES) $(TEST_PACKAGES)

run: deps
	@[ -e $(LIB) ] || echo 'Building; this takes half a minute.'
	@$(MAKE) --no-print-directory V=$(or $(V),0) all pages
	@exec conf/run "$$VAR" "$$PORT" "$$HOST"

swagger-ui:
	@$(FETCH_SWAGGER_UI)

pages:
	@$(FETCH_SWAGGER_UI) || echo 'So /docs is a plain page, until "make swagger-ui" succeeds.'

# The pictures of the README, as the tests see the pages.
screenshots: check-deps all
	@tests/run --build plain tests/http/test_pages.py tests/http/test_docs.py tests/http/test_account_browser.py -k 'sticks_out or docs_begin'
	@install -D -m 0644 build/screenshots/sign-in-640-light.png screenshots/sign-in.png
	@install -D -m 0644 build/screenshots/account-sessions-768-light.png screenshots/account.png
	@install -D -m 0644 build/screenshots/docs-light.png screenshots/docs.png

# What needs no web server.
check check-servers: check-deps
	@$(MAKE) --no-print-directory -j2 all unit-tests
	@$(MAKE) --no-print-directory -j2 SANITIZE=address,undefined all unit-tests
	@$(MAKE) --no-print-directory pages
	@tests/run $(if $(filter check-servers,$@),--every-front) $(TESTS)
	@$(if $(filter check-servers,$@),tests/run --engine postgresql --every-front --build plain --build sanitized tests/test_unit.py tests/http)
	@$(if $(filter check-servers,$@),$(MAKE) --no-print-directory FUZZ_SECONDS=20 fuzz)
	@$(if $(filter check-servers,$@),[ "$$(id -u)" -ne 0 ] && echo 'check-foreign is left out: only root can run it.' || $(MAKE) --no-print-directory check-foreign)

# What runs at once: floods, refreshes, key changes, restarts and stops. The frames of a sanitized build fit no
# small stack; src/base/thread.c has another size for it.
check-threads: check-deps
	@$(MAKE) --no-print-directory -j2 OUT=build/threads/ SANITIZE=thread all unit-tests
	@tests/run --build threads -m 'not exact' tests/test_unit.py $(THREAD_TESTS:%=tests/http/test_%.py)

THREAD_TESTS = access_token durability fastcgi limits_and_failures refresh

# What `make check` does less often: refreshes that lose their answers, and kill -9 in the midst of those, of sign-ins, and of
# changes of accounts.
check-refresh: check-deps
	@$(MAKE) --no-print-directory -j2 all
	@REFRESHES=20000 REFRESH_KILLS=10000 SIGNIN_KILLS=5000 ACCOUNT_KILLS=1000 tests/run --front plain --front apache-proxy-fcgi $(REFRESH_TESTS:%=tests/http/test_%.py)

REFRESH_TESTS = refresh_clients refresh_killed signin_killed account_killed

# Likewise a primary of PostgreSQL that is killed under load while its standby is promoted.
check-failover: check-deps
	@$(MAKE) --no-print-directory -j2 all
	@FAILOVERS=20 tests/run --build plain -n 0 -s tests/http/test_failover.py -k kills_the_primary

# `make check` leaves out what neither Debian nor npm has. An example whose packages cannot be fetched is skipped by name;
# PHP_VENDOR= names what Composer has fetched elsewhere.
check-examples: check-deps
	@conf/install-packages composer php-apcu php-cli
	@$(MAKE) --no-print-directory -j2 all
	@EVERY_EXAMPLE=yes tests/run --build plain -n 0 -rs tests/http/test_examples.py

check-debian13:
	@conf/install-packages mmdebstrap
	@tests/debian13 check

# Other kinds of processors; those that can be emulated.
FOREIGN = arm64 i386
check-foreign:
	@conf/install-packages mmdebstrap qemu-user-static
	@for arch in $(FOREIGN); do tests/foreign $$arch || exit; done

SUITES = bookworm trixie
ACCOUNTS = root user
check-fresh:
	@conf/install-packages mmdebstrap
	@for suite in $(SUITES); do for account in $(ACCOUNTS); do tests/fresh $$suite $$account || exit; done; done

quick test: check-deps
	@$(if $(filter test,$@),$(if $(T),,$(error make test T=WORD)))$(MAKE) --no-print-directory -j2 all unit-tests $(if $(filter test,$@),pages)
	@tests/run --build plain $(if $(filter test,$@),-n 0 -k '$(T)',-m 'not slow')

unit-tests: $(UNIT_TESTS) $(UNIT_PROGRAMS) $(if $(MODULE),$(OBJ)tests/unit/bearward-postgresql.so) $(FUZZ_TARGETS:%=$(OBJ)tests/fuzz/%)

# The unit tests as they are built, one after the other, without what else `make check` needs.
check-units: $(UNIT_TESTS) $(UNIT_PROGRAMS) $(if $(MODULE),$(OBJ)tests/unit/bearward-postgresql.so)
	@for program in $(UNIT_TESTS); do $$program >$(OBJ)tests/unit/said 2>&1 || { cat $(OBJ)tests/unit/said; exit 1; }; done

fuzz-targets: $(FUZZ_TARGETS:%=$(OBJ)tests/fuzz/%)

FUZZ_SECONDS = 60
fuzz: check-deps
	@$(MAKE) --no-print-directory -j2 FUZZ=yes CC=clang OUT=build/fuzz/ SANITIZE=fuzzer-no-link,address,undefined fuzz-targets
	@tests/fuzz/run $(FUZZ_SECONDS) $(or $(T),$(FUZZ_TARGETS))

install: all pages
install uninstall:
	@conf/install-files $@ '$(OUT)' $(ENDPOINTS)

# Where systemd is process 1, its units start the responders.
service:
	@[ -d /run/systemd/system ] || conf/install-packages spawn-fcgi
	@conf/set-up-service

deb: build-deps
	@conf/install-packages $(DEB_PACKAGES)
	@conf/make-deb '$(CURDIR)/build/deb'

dist-cgi:
	@$(MAKE) --no-print-directory PORTABLE=yes all
	@GLIBC=$(GLIBC) conf/dist-cgi build/portable/ $(VERSION) '$(ARCHIVES)' $(ENDPOINTS)

# What others download: CONTRIBUTING.md has the steps before and after.
SIGN =
TEST_PACKAGES += git gpg gpg-agent jq openssh-client
release:
	@conf/release '$(VERSION)' '$(SIGN)'

# The commands are make's own, of a run in which it only says what it would do.
compile_commands.json: FORCE
	@$(MAKE) --no-print-directory -nB V=1 $(call objects,$(C_FILES)) | conf/compile-commands >$@

clean:
	rm -rf build bearward bearward-postgresql.so common-passwords libbearward.a cgi-bin/*.fcgi cgi-bin/setup.cgi www/swagger-ui compile_commands.json

.PHONY: all without-postgresql help quick test build-deps deps check-deps run check check-servers check-threads check-refresh check-failover check-examples check-debian13 check-foreign check-fresh unit-tests check-units fuzz fuzz-targets install service uninstall deb dist-cgi release screenshots swagger-ui pages bench bench-engine clean FORCE
.SECONDARY:
-include $(shell find $(OBJ)src $(OBJ)cgi-bin $(OBJ)tests -name '*.d' 2>/dev/null)
