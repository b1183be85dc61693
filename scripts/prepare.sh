# Owns making sure that what a script needs is on the machine; sourced by `run` and `check`. Wants $root, the project's folder.
# Must stay plain POSIX shell, and must install nothing but Debian packages, rustup components and, below tests/judges, the npm
# and Python packages that its lists name.
# shellcheck shell=sh disable=SC2154

say() {
  printf '%s\n' "$*" >&2
}

# Exit status of a script that lacks something it cannot install itself (EX_UNAVAILABLE in sysexits.h).
unavailable=69

# Finds cargo and refuses a Rust that is too old for the workspace.
require_rust() {
  if ! command -v cargo >/dev/null 2>&1 && [ -x "${HOME:-}/.cargo/bin/cargo" ]; then
    PATH=$HOME/.cargo/bin:$PATH
    export PATH
  fi
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
  if ! command -v cargo >/dev/null 2>&1; then
    say "Missing: cargo. Outrider needs Rust $wanted or newer: https://www.rust-lang.org/tools/install"
    exit "$unavailable"
  fi
  found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
  if [ "$(printf '%s\n%s\n' "$wanted" "${found:-0}" | sort -V | head -n 1)" != "$wanted" ]; then
    say "Rust ${found:-(no rustc)} is too old: Outrider needs $wanted or newer."
    if command -v rustup >/dev/null 2>&1; then
      say "  rustup update stable"
    else
      say "  https://www.rust-lang.org/tools/install"
    fi
    exit "$unavailable"
  fi
}

# need THING PACKAGE: remembers PACKAGE in $missing unless THING, a program or the path of a file, is there.
missing=
need() {
  case $1 in
    /*) [ -e "$1" ] && return 0 ;;
    *) command -v "$1" >/dev/null 2>&1 && return 0 ;;
  esac
  case " $missing " in
    *" $2 "*) ;;
    *) missing=${missing:+$missing }$2 ;;
  esac
}

# Installs the packages in $missing as root or by a sudo that asks no password. Fails, having said why, where it may not.
install_missing() {
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "Missing, by the names of their Debian packages: $missing"
    say "This system has no apt-get: install them with its own package manager."
    return 1
  fi
  if [ "$(id -u)" = 0 ]; then
    become=
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    become='sudo -n'
  else
    say "Missing, and only root may install it (from Debian's packages, with no service started):"
    say "  sudo sh $root/scripts/install-packages $missing"
    return 1
  fi
  say "Installing Debian packages: $missing"
  # Both lists are words on purpose.
  # shellcheck disable=SC2086
  if ! $become sh "$root/scripts/install-packages" $missing; then
    say "Could not install them. Once the cause above is out of the way:"
    say "  sudo sh $root/scripts/install-packages $missing"
    return 1
  fi
}

# Gets the judges written in Python into a virtual environment of their own, as tests/judges/requirements.txt names them. Fails,
# having said why.
fetch_python_judges() {
  judges=$root/tests/judges
  cmp -s "$judges/requirements.txt" "$judges/.venv/of-requirements.txt" && return 0
  say "Getting the Python packages that judge this project"
  python=/usr/bin/python3
  [ -x "$python" ] || python=python3
  if ! told=$("$python" -m venv --clear "$judges/.venv" 2>&1 &&
    "$judges/.venv/bin/pip" install --quiet --disable-pip-version-check -r "$judges/requirements.txt" 2>&1); then
    say "$told"
    say "pip could not get the packages that tests/judges/requirements.txt names. Is the network there, or a mirror set for pip?"
    return 1
  fi
  cp "$judges/requirements.txt" "$judges/.venv/of-requirements.txt"
}

# Gets every crate before the build, so that a network that is not there is told apart from a build that fails.
fetch_crates() {
  CARGO_NET_RETRY=${CARGO_NET_RETRY:-5}
  export CARGO_NET_RETRY
  told=$(cargo fetch --locked --quiet --manifest-path "$root/Cargo.toml" 2>&1) && return 0
  say "$told"
  say
  case $told in
    *'lock file'*)
      say "Cargo.lock is behind the manifests. Bring it up with \`cargo metadata >/dev/null\` and commit it."
      exit 65
      ;;
  esac
  say "cargo could not get the crates that Cargo.lock names. Is the network there, or a proxy or mirror set for cargo?"
  say "(Without a network: \`cargo vendor\` on a machine that has one, and the settings it prints.)"
  exit "$unavailable"
}

# Gets the npm packages that judge this project, as tests/judges/package-lock.json names them. Fails, having said why.
fetch_judges() {
  judges=$root/tests/judges
  # The lock file of what is there is kept beside it, to see whether it is still the wanted one.
  cmp -s "$judges/package-lock.json" "$judges/node_modules/.of-lock-file" && return 0
  if ! command -v npm >/dev/null 2>&1; then
    say "Missing: npm, which gets the judges written for Node."
    return 1
  fi
  say "Getting the npm packages that judge this project"
  # Scripts of packages are not run: none of these needs them.
  if ! told=$(npm ci --prefix "$judges" --ignore-scripts --no-audit --no-fund --loglevel=error 2>&1); then
    say "$told"
    say "npm could not get the packages that tests/judges/package-lock.json names. Is the network there, or a mirror set for npm?"
    return 1
  fi
  cp "$judges/package-lock.json" "$judges/node_modules/.of-lock-file"
}
