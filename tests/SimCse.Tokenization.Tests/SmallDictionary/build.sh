#!/usr/bin/env bash
# Compiles the dictionary of the tests from source/ with Debian's mecab-dict-index (package libmecab-dev or mecab-utils).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
/usr/lib/mecab/mecab-dict-index -d source -o compiled -f utf-8 -t utf-8
cp source/dicrc compiled/
