#!/bin/sh
# make lint: our own rules (each proved on a planted breach), both compilers, cppcheck.  Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0; failed=0
ok() { passed=$((passed + 1)); echo "ok - $1"; }
bad() { failed=$((failed + 1)); echo "not ok - $1"; }

for c in tests/lint/cases/*/; do
    want=$(cat "$c/expect")
    if tests/lint/rules.sh "$c" | grep -qF -- "$want"; then ok "the rule finds its planted breach: $want"; else bad "planted breach not found: $c ($want)"; fi
done
if tests/lint/rules.sh; then ok "rules"; else bad "rules"; fi
for mode in release clang; do
    if make -s -j"$(nproc)" MODE=$mode "out/$mode/librepli.a" "out/$mode/forms/main.o" >out/lint-$mode.log 2>&1; then ok "compiles silently ($mode)"; else tail -n 20 "out/lint-$mode.log"; bad "compiles silently ($mode)"; fi
    if [ -s "out/lint-$mode.log" ] && grep -q 'warning:' "out/lint-$mode.log"; then cat "out/lint-$mode.log"; bad "warnings ($mode)"; fi
done
if cppcheck -q -j "$(nproc)" --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 --suppress=missingInclude \
    -D'json_array_foreach(a,i,v)=for((i)=0;(v)=json_array_get((a),(i));(i)++)' -D'json_object_foreach(o,k,v)=for((k)=0;(v)=json_object_get((o),(k));)' --suppress=normalCheckLevelMaxBranches --suppress=unmatchedSuppression -Iinclude -Iforms -D_POSIX_C_SOURCE=200809L -DREPLI_VERSION='"x"' forms >out/lint-cppcheck.log 2>&1
then ok "cppcheck"; else cat out/lint-cppcheck.log; bad "cppcheck"; fi
if clang-format --dry-run -Werror $(find forms include tests -name '*.[ch]' -not -path 'tests/lint/cases/*') >out/lint-format.log 2>&1; then ok "formatted (make format)"; else head -n 12 out/lint-format.log; bad "formatted (make format)"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
