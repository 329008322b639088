#!/usr/bin/env bash
# Installs the other programs, compares them with this package and writes a table and plots into results/.
# What cannot be installed is named and left out. README.md says what is measured.
#
#   Benchmarks/Peers/run.sh [--quick] [--cases D8-K8-full,…|none] [--only oneDAL,…] [--no-solution] [--output FOLDER]
#
# PYTHON (python3) and SWIFT (swift) name the programs to use.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

python=${PYTHON:-python3}
swift=${SWIFT:-swift}
only=""
previous=""
for argument in "$@"; do
    case $previous in --only) only=$argument ;; esac
    case $argument in --only=*) only=${argument#--only=} ;; esac
    previous=$argument
done
wanted() { case ",${only:-$1}," in *",$1,"*) return 0 ;; *) return 1 ;; esac; }
skip() { echo "not installed: $1: $2" >&2; }

mkdir -p .build
log=.build/install.log
: > "$log"

# A folder is complete once it has the file `done`; one that is not is made anew.
environment() {
    local folder=$1
    shift
    if [ -e "$folder/done" ]; then return 0; fi
    echo "Installing into Benchmarks/Peers/$folder"
    rm -rf "$folder"
    "$python" -m venv "$folder" >> "$log" 2>&1 && "$@" "$folder" >> "$log" 2>&1 && touch "$folder/done" || { rm -rf "$folder"; return 1; }
}
pip_install() { local folder=$1; shift; "$folder/bin/python" -m pip install --disable-pip-version-check -q "$@"; }

# Matplotlib and NumPy, for this script, with scikit-learn and JAX.
main_packages() { pip_install "$1" numpy matplotlib scikit-learn && { pip_install "$1" jax || skip JAX "see $log"; }; }
# Both have the module daal4py with em_gmm: until 2024 as a package of its own, which imports packaging and says so nowhere, then in scikit-learn-intelex.
# Which is faster depends on the machine.
onedal_2024_packages() { pip_install "$1" 'daal4py==2024.7.*' 'scikit-learn==1.5.*' packaging; }
onedal_2026_packages() { pip_install "$1" 'scikit-learn-intelex==2026.2.*'; }
# torch's wheel for Linux comes with CUDA, 2.8 GB of it, and does not load without. Triton, which it only compiles with, is left out.
pomegranate_packages() {
    local free
    free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
    if [ "$free" -lt 12 ]; then echo "torch wants 12 GB of free disk"; return 1; fi
    pip_install "$1" --no-cache-dir --no-deps torch &&
        "$1/bin/python" -c 'import importlib.metadata as m; print("\n".join(r for r in m.requires("torch") if not r.startswith("triton")))' > .build/torch.txt &&
        pip_install "$1" --no-cache-dir -r .build/torch.txt &&
        pip_install "$1" numpy scipy scikit-learn networkx tqdm numba &&
        pip_install "$1" --no-deps apricot-select pomegranate
}

if ! environment .venv main_packages; then
    cat "$log" >&2
    echo "The comparison needs Python 3.10 or later with venv, and NumPy and Matplotlib from pip." >&2
    exit 1
fi
for version in 2024.7 2026.2; do
    if wanted oneDAL || wanted "oneDAL-$version"; then
        environment ".venv-oneDAL-$version" "onedal_${version%.*}_packages" || skip "oneDAL-$version" "see Benchmarks/Peers/$log"
    fi
done
if wanted pomegranate; then environment .venv-pomegranate pomegranate_packages || skip pomegranate "see Benchmarks/Peers/$log"; fi

packages=""
if wanted Armadillo && [ ! -e /usr/include/armadillo ]; then packages="$packages libarmadillo-dev"; fi
if wanted VLFeat && [ ! -e /usr/include/vl/gmm.h ]; then packages="$packages libvlfeat-dev"; fi
if wanted mclust && ! Rscript --vanilla -e 'library(mclust)' >/dev/null 2>&1; then packages="$packages r-cran-mclust"; fi
if { wanted Armadillo || wanted VLFeat; } && ! command -v g++ >/dev/null; then packages="$packages g++"; fi
if [ -n "$packages" ] && command -v apt-get >/dev/null; then
    as_root=""
    if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
    echo "Installing with apt-get:$packages"
    $as_root apt-get update -qq </dev/null >> "$log" 2>&1
    for package in $packages; do
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" </dev/null >> "$log" 2>&1 \
            || echo "apt-get could not install $package" >&2
    done
fi

# Compiled for this machine, as their users would.
if wanted Armadillo; then
    g++ -std=c++17 -O3 -march=native -fopenmp drivers/armadillo.cpp -o .build/armadillo -larmadillo >> "$log" 2>&1 \
        || { rm -f .build/armadillo; skip Armadillo "its driver does not compile"; }
fi
if wanted VLFeat; then
    gcc -O3 -march=native drivers/vlfeat.c -o .build/vlfeat -lvl >> "$log" 2>&1 \
        || { rm -f .build/vlfeat; skip VLFeat "its driver does not compile"; }
fi

rm -f .build/gmm-bench
if wanted swift-gaussian-mixtures; then
    if (cd ../.. && "$swift" build -c release --product gmm-bench) >> "$log" 2>&1; then
        ln -s "$(cd ../.. && "$swift" build -c release --show-bin-path)/gmm-bench" .build/gmm-bench
    else
        skip swift-gaussian-mixtures "it does not build"
    fi
fi

exec .venv/bin/python peers.py "$@"
