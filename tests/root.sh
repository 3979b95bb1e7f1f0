# root.sh: for scripts of the tests that work in a Debian of their own, of which this host lends only kernel and network. They
# set `name`, what they are called in messages, and `root`, where it is.
export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() {
	echo "$name: $*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" -eq 0 ] || die "only root can do this"
}

# What is asked for is there already, if it was asked for in the same way.
is_made() {
	[ "$(cat "$(dirname "$root")/key" 2>/dev/null)" = "$key" ]
}

# The key was made of what decides what the root has.
note_made() {
	echo "$key" >"$(dirname "$root")/key"
}

# forget DIR: what is mounted in it, as by a command that was killed, is the host's, and stays.
forget() {
	rm -rf --one-file-system "$1"
}

# make_root SUITE [OPTION...]: from where this host installs, and with the settings it does it with; options of mmdebstrap.
make_root() {
	suite=$1 dir=$(dirname "$root")
	shift
	. /etc/os-release
	forget "$dir"
	mkdir -p "$dir"
	if [ "$ID" = debian ]; then
		apt-get indextargets --format 'deb $(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		    sort -u | sed "s/ $VERSION_CODENAME\b/ $suite/" | grep "${only_suite-}" >"$dir/sources"
	fi
	apt-config dump | grep '^Acquire::.* "..*"' >"$dir/settings"
	set -- --variant=minbase --aptopt="$dir/settings" "$@" "$suite" "$root"
	[ ! -s "$dir/sources" ] || set -- "$@" "$dir/sources"
	# It mounts /dev/shm of the host there, and whoever kills it leaves that behind; this ends with the command.
	unshare --mount -- mmdebstrap "$@"
}

# Mounts and processes end with the command, and nothing that it can write to is the host's. With `changes`, a directory, what
# it changes is kept there, and the root stays what it is.
inside() {
	unshare --mount --pid --ipc --fork --kill-child -- sh -eu -c '
		root=$1 changes=$2
		shift 2
		if [ -n "$changes" ]; then
			mkdir -p "$changes/upper" "$changes/work" "$changes/root"
			mount -t overlay -o "lowerdir=$root,upperdir=$changes/upper,workdir=$changes/work" overlay "$changes/root"
			root=$changes/root
		fi
		mount -t proc proc "$root/proc"
		mount -t sysfs -o ro sysfs "$root/sys"
		! grep -q cgroup2 /proc/filesystems || mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
		mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
		mount -t tmpfs tmpfs "$root/dev/shm"
		mount -t tmpfs tmpfs "$root/tmp"
		exec chroot "$root" "$@"' sh "$root" "${changes-}" "$@"
}

# copy_sources DIR: what was built there stays, so that the next time takes less.
copy_sources() {
	mkdir -p "$1/build"
	find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf --one-file-system {} +
	tar -cf - --exclude=./.git --exclude=./build --exclude=./var --exclude=./bearward --exclude='./*.a' --exclude='./*.so' \
	    --exclude=./common-passwords --exclude='./cgi-bin/*.fcgi' --exclude=__pycache__ . | tar -C "$1" --no-same-owner -xf -
}

# lend_network DIR: what the network takes on this host.
lend_network() {
	cp -L --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"
	mkdir -p "$1/etc/ssl/certs"
	[ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
	# As it is not to be installed only to fetch a few files, npm lends its registry.
	if [ -z "${npm_config_registry-}" ] && command -v npm >/dev/null; then
		npm_config_registry=$(npm config get registry)
		export npm_config_registry
	fi
}
