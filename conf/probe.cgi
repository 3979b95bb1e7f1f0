#!/bin/sh
# probe.cgi: tells what a shared host can, to whoever can upload files to it.
#
# It says nothing about the host before a file lies beside it, not older than an hour, with the
# SHA-256 of a code that only the page of the same person has. So neither can strangers ask, nor
# does it help anybody to read the file. setup.cgi takes the same proof, and removes this program.
set -u
umask 022
export LC_ALL=C PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
unset HTTP_PROXY

machine=@MACHINE@ glibc=@GLIBC@
proof=setup-code.txt
here=${0%/*}
[ "$here" = "$0" ] || cd "$here" || exit 1

escape() {
	sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'
}

draw() {
	od -An -tx1 -N16 /dev/urandom | tr -d ' \n'
}

digest() {
	{ printf %s "$1" | sha256sum || printf %s "$1" | openssl dgst -sha256 -r; } 2>/dev/null | cut -c1-64
}

# field NAME: what a form sends has no other characters than these.
field() {
	printf %s "$body" | tr '&' '\n' | sed -n "s/^$1=\([0-9a-z]*\)\$/\1/p" | head -n 1
}

# header STATUS TYPE [LINE]
header() {
	printf 'Status: %s\r\nContent-Type: %s; charset=utf-8\r\nCache-Control: no-store\r\n' "$1" "$2"
	printf 'X-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n'
	[ -z "${3:-}" ] || printf '%s\r\n' "$3"
	printf '\r\n'
}

page() {
	nonce=$(draw)
	header "$1" text/html "Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; \
script-src 'nonce-$nonce'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	cat <<-END
	<!doctype html>
	<html lang="en">
	<head>
	<meta charset="utf-8">
	<meta name="viewport" content="width=device-width, initial-scale=1">
	<meta name="color-scheme" content="light dark">
	<meta name="robots" content="noindex">
	<title>$2</title>
	<link rel="icon" href="../icon.svg" type="image/svg+xml">
	<link rel="stylesheet" href="../style.css">
	</head>
	<body class="centred wide">
	<header><img src="../icon.svg" alt="" width="40" height="40"><p>bearward</p></header>
	<main class="card">
	<h1>$2</h1>
	END
}

foot() {
	printf '</main>\n</body>\n</html>\n'
}

# ---- The proof

# Whether a page of ours has sent the form, as setup.cgi sees it. Another site could have somebody
# upload the proof of a code which that site knows.
is_own() {
	case ${HTTP_SEC_FETCH_SITE:-} in
	same-origin | none) return 0 ;;
	?*) return 1 ;;
	esac
	case ${HTTP_ORIGIN:-} in
	"" | "http://${HTTP_HOST:-}" | "https://${HTTP_HOST:-}") return 0 ;;
	esac
	return 1
}

# Whether the file is there, ours, closed to others' writing, young, and of that code.
is_proved() {
	[ ${#1} = 32 ] && [ -O "$proof" ] || return 1
	case $(ls -ld "$proof") in
	-????-??-*) ;;
	*) return 1 ;;
	esac
	young=$(find "$proof" -mmin -60 2>/dev/null)
	sum=$(digest "$1")
	[ -n "$young" ] && [ ${#sum} = 64 ] && [ "$(head -c 64 "$proof")" = "$sum" ]
}

ask() {
	code=$1
	[ ${#code} = 32 ] || code=$(draw)
	sum=$(digest "$code")
	if [ ${#code} != 32 ] || [ ${#sum} != 64 ]; then
		page 500 "This host lacks a tool"
		echo "<p>It takes od and sha256sum, or openssl, to see whether it is you who asks.</p>"
		foot
		return
	fi
	page "$2" "What can this host do?"
	[ "$2" = 200 ] || cat <<-END
	<div class="summary" role="alert"><p>The file is not there yet, is older than an hour, has another
	content, or others may write it (its mode should be 644). Download it once more, and upload that.</p></div>
	END
	cat <<-END
	<p>Only you should learn that. So show that you can upload files: download this one, upload it
	to where this program is, by the name $proof, and keep this page open meanwhile.</p>
	<form method="post"><input type="hidden" name="code" value="$code">
	<button class="main" name="do" value="file">Download $proof</button></form>
	<p class="note">Or write it yourself. It has one line: $sum</p>
	<form method="post"><input type="hidden" name="code" value="$code">
	<button class="main" name="do" value="look">It is uploaded: go on</button></form>
	END
	foot
}

# ---- What is told: a line each, with what is thought of it; nothing of a mere fact

row() {
	case $1 in
	good) mark='<strong>Good.</strong> ' ;;
	bad) mark='<strong>Missing.</strong> ' ;;
	mind) mark='<strong>Please note.</strong> ' ;;
	*) mark= ;;
	esac
	printf '<div><dt>%s</dt><dd>%s%s</dd></div>\n' "$2" "$mark" "$(printf %s "$3" | escape)"
}

tell_machine() {
	if [ "$(uname -s) $(uname -m)" = "Linux $machine" ]; then
		row good "Machine" "Linux on $machine"
	else
		row bad "Machine" "This is $(uname -s) on $(uname -m). The archive is for Linux on $machine; make it anew on such a machine."
	fi
}

tell_glibc() {
	version=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/.* //')
	[ -n "$version" ] || version=$(ldd --version 2>&1 | sed -n '1s/.*[^0-9.]\([0-9.]*\)$/\1/p')
	if ldd --version 2>&1 | grep -qi musl; then
		row bad "C library" "This host has musl, and the programs need glibc."
	elif [ -z "$version" ]; then
		row mind "C library" "Its version cannot be seen. The programs need glibc $glibc."
	elif [ "$(printf '%s\n' "$version" "$glibc" | sort -t. -k1,1n -k2,2n | head -n 1)" = "$glibc" ]; then
		row good "C library" "glibc $version; it takes $glibc"
	else
		row bad "C library" "This host has glibc $version, and the programs need $glibc. Ask for a newer machine; nothing that you upload helps."
	fi
}

# Who can upload them can make them programs; many FTP clients leave that out.
tell_programs() {
	chmod 755 ./*.fcgi setup.cgi 2>/dev/null
	for program in ./*.fcgi setup.cgi; do
		[ -e "$program" ] || continue
		said=$(env -i "./${program#./}" --version 2>&1 </dev/null | head -n 2)
		case $said in
		*"(bearward)"*) continue ;;
		*GLIBC_*) why="The C library of this host is too old." ;;
		*ermission*) why="Set its mode to 755. If it has that, the host lets no programs run here." ;;
		*) why="Upload all of it again, in binary mode, for this kind of machine." ;;
		esac
		row bad "Programs" "${program#./} does not start. $why ($said)"
		return
	done
	case $said in
	*"(bearward)"*) row good "Programs" "All of them start here (version ${said##*) })" ;;
	esac
}

tell_account() {
	me=$(id -un 2>/dev/null || id -u)
	if [ "$(id -u)" = 0 ]; then
		row bad "Account" "Programs run as root here. bearward does not."
	elif [ -O "${0##*/}" ]; then
		row good "Account" "Programs run as $me, to whom your files belong (suEXEC or the like)"
	else
		row bad "Account" "Programs run as $me, and this file belongs to $(ls -ld "${0##*/}" | cut -d' ' -f3). Then other customers' programs can read what bearward keeps. Ask the host for suEXEC."
	fi
}

# What is above the root of one site may be in that of another.
is_in_site() {
	case $1/ in
	*/public_html/* | */htdocs/* | */httpdocs/* | */wwwroot/* | */cgi-bin/* | */var/www/html/*) return 0 ;;
	esac
	return 1
}

# The first place that is not handed out, and where we can make a directory.
find_state_dir() {
	home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
	root=${CONTEXT_DOCUMENT_ROOT:-${DOCUMENT_ROOT:-}}
	root=${root%/}
	above=${root%/*}
	while is_in_site "$above"; do
		above=${above%/*}
	done
	site=$(cd .. && pwd -P)
	for parent in "${home:-${HOME:-}}" "$above"; do
		[ -d "$parent" ] && [ -n "$root" ] || continue
		case $parent/ in
		"$root"/* | "$site"/*) continue ;;
		esac
		if mkdir -m 700 "$parent/bearward.$$" 2>/dev/null; then
			rmdir "$parent/bearward.$$"
			state_dir=${parent%/}/bearward
			return
		fi
	done
	state_dir=
}

tell_places() {
	find_state_dir
	row fact "Home" "${home:-${HOME:-not known}}"
	row fact "Document root" "${root:-not known}"
	row fact "This directory" "$(pwd)"
	if [ -n "$state_dir" ]; then
		row good "Users and keys" "They can be kept where the web server hands nothing out: state_dir = $state_dir"
	else
		row bad "Users and keys" "No directory can be made outside of the document root. Ask the host for one."
	fi
}

tell_server() {
	row fact "Web server" "${SERVER_SOFTWARE:-not known}"
	if [ "${HTTPS:-}" = on ] || [ "${REQUEST_SCHEME:-}" = https ]; then
		row good "https" "This page came by https"
	else
		row mind "https" "This page came by http, as far as this program can see. Open it by https://; passwords must not cross a network in the clear."
	fi
	# suEXEC lets no variable of another name through.
	if [ "${SSL_BEARWARD_HTACCESS:-}" != yes ]; then
		row bad ".htaccess" "It is not read, or not there. Upload it, also if your FTP program hides it; the host must say AllowOverride All."
	elif [ "${SSL_BEARWARD_FCGID:-}" = yes ]; then
		row good ".htaccess" "It is read, with mod_rewrite and mod_fcgid: you can guard directories by conf/htaccess-protect.sample"
	else
		row good ".htaccess" "It is read, with mod_rewrite. There is no mod_fcgid: bearward runs as CGI, and cannot guard files; see the README"
	fi
}

tell_authorization() {
	address=$(printf '%s://%s%s' "${REQUEST_SCHEME:-https}" "${HTTP_HOST:-}" "${SCRIPT_NAME:-}" | escape)
	cat <<-END
	<div><dt>Authorization</dt><dd><span id="said">Programs show their tokens in this header. See whether
	it arrives: <button class="quiet" type="button" id="try" hidden>try it</button></span>
	<noscript>open <a href="?ask">this page</a>, and type any name. Or type:</noscript>
	<p class="note"><code>curl -H 'Authorization: Bearer x' '$address?authorization'</code></p></dd></div>
	</dl>
	<script nonce="$nonce">
	const button = document.getElementById("try");
	button.hidden = false;
	button.addEventListener("click", async () => {
		const answer = await fetch("?authorization", { headers: { Authorization: "Bearer x" } });
		document.getElementById("said").textContent = await answer.text();
	});
	</script>
	END
}

tell_next() {
	if [ ! -e setup.cgi ]; then
		echo '<p>bearward is set up. Delete probe.cgi.</p>'
		return
	fi
	cat <<-END
	<form method="post" action="setup.cgi"><input type="hidden" name="code" value="$code">
	<button class="main">Set bearward up</button></form>
	<p class="note">That also deletes this program. If you go no further, delete it yourself.</p>
	END
}

tell() {
	rows=$(tell_machine; tell_glibc; tell_programs; tell_account; tell_places; tell_server)
	page 200 "What this host can do"
	case $rows in
	*'<strong>Missing.'*)
		echo '<div class="summary"><p>bearward will not run here before what is missing is there.</p></div>' ;;
	*) echo '<p class="done">bearward can run here.</p>' ;;
	esac
	printf '<dl>\n%s\n' "$rows"
	tell_authorization
	tell_next
	foot
}

tell_whether_authorization_arrives() {
	header "$1" text/plain "${2:-}"
	if [ -n "${HTTP_AUTHORIZATION:-}" ]; then
		echo "Good. It arrives."
	else
		echo "Missing. It does not arrive: the host removes it. It must allow CGIPassAuth in a .htaccess."
	fi
}

body=
if [ "${REQUEST_METHOD:-}" = POST ]; then
	case ${CONTENT_LENGTH:-x} in
	*[!0-9]* | ????*) ;;
	*) body=$(head -c "$CONTENT_LENGTH") ;;
	esac
fi
code=$(field code)
case $code in
*[!0-9a-f]*) code= ;;
esac
is_own || code=
if [ "${QUERY_STRING:-}" = authorization ] || [ -n "${HTTP_AUTHORIZATION:-}" ]; then
	tell_whether_authorization_arrives 200
elif [ "${QUERY_STRING:-}" = ask ]; then
	# A browser without scripts sends the header to who asks for it.
	tell_whether_authorization_arrives 401 'WWW-Authenticate: Basic realm="any name will do"'
elif [ "${REQUEST_METHOD:-}" != POST ]; then
	ask "" 200
elif [ "$(field do)" = file ] && [ ${#code} = 32 ]; then
	header 200 text/plain "Content-Disposition: attachment; filename=$proof"
	digest "$code"
elif is_proved "$code"; then
	tell
else
	ask "$code" 403
fi
