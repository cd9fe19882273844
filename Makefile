# Repli
#
#   make            build out/repli (release)
#   make deps       install what is missing with apt-get (sudo when not root); silent when all is there
#   make demo       build, then carry an invented ward once round the whole loop; says where to look
#   make check      build and run every test
#   make asan       the same under AddressSanitizer and UndefinedBehaviorSanitizer
#   make lint       layering, banned calls, compilers' warnings (gcc and clang), formatting
#   make fuzz       replay every fuzz corpus; FUZZ_SECONDS=60 explores with libFuzzer
#   make prove      the long bars: histories, faults, power cuts, penfill rounds (hours); PART=splits only that part
#   make bench      speeds as ratios against a floor in the same run
#   make golden     show how pages differ from their goldens, as pictures; GOLDEN=accept replaces them
#   make shots      every page of the station, 1280 and 1920 px, light and dark, into out/shots
#   make pictures   make the pictures of templates/README.md again, from its own steps
#   make format     clang-format over all sources
#   make install    the program and its timers (systemd) into DESTDIR/PREFIX (default /usr/local)
#   make clean      remove out/
#   make help       this text

MODE    ?= release
# V=1 shows every command
Q       := $(if $(V),,@)
SAY      = $(if $(V),,@printf '  %-5s %s\n' '$(1)' '$(2)')
OUT     := out/$(MODE)
PREFIX  ?= /usr/local
VERSION := 0.1.0

DEPS := gcc make pkg-config libc6-dev libsqlite3-dev libhpdf-dev libzint-dev libcmocka-dev libyaml-dev libjansson-dev zlib1g-dev libdeflate-dev \
        libpng-dev libtiff-dev libqpdf-dev libturbojpeg0-dev libzbar-dev libseccomp-dev libsodium-dev libmicrohttpd-dev libgnutls28-dev libutf8proc-dev libcups2-dev libfreetype-dev libharfbuzz-bin fonts-noto-extra \
        fonts-dejavu-core fonts-dejavu-extra poppler-utils qpdf tzdata sqlite3 zbar-tools curl
# a browser, for the tests of the station and make shots
DEPS_BROWSER := chromium chromium-driver python3-selenium
AXE := out/axe/node_modules/axe-core/axe.min.js
DEPS_LINT := clang clang-format clang-tidy cppcheck
DEPS_ASAN := libclang-rt-14-dev

WARN := -Wall -Wextra -Wpedantic -Wformat=2 -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wundef -Wvla -Wwrite-strings -Wcast-qual -Wpointer-arith -Wswitch-enum -Wnull-dereference \
        -Wimplicit-fallthrough -Wno-overlength-strings -Werror
BASE := -std=c17 -D_POSIX_C_SOURCE=200809L -DSQLITE_ENABLE_SESSION -DSQLITE_ENABLE_PREUPDATE_HOOK -DREPLI_VERSION='"$(VERSION)"' \
        -Iinclude -Iforms -Itests -isystem /usr/include/freetype2 $(WARN)
MODE_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
LINK_release := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack
MODE_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_asan    := -fsanitize=address,undefined
MODE_clang   := -O1
MODE_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK_fuzz    := -fsanitize=address,undefined
CC_clang     := clang
CC_fuzz      := clang
CC           := $(or $(CC_$(MODE)),gcc)
CFLAGS       := $(BASE) $(MODE_$(MODE))
# `repli snapshot push` lays the libraries beside the program: it looks there first, and so do they
BESIDE := -Wl,--disable-new-dtags -Wl,-rpath,'$$ORIGIN/lib'
LIBS := -lsqlite3 -lhpdf -lzint -lyaml -ljansson -lz -ldeflate -lpng -ltiff -lqpdf -lturbojpeg -lzbar -lseccomp -lsodium -lmicrohttpd -lgnutls -lutf8proc -lcups -lfreetype -lm -pthread

SRC   := $(filter-out forms/main.c,$(wildcard forms/*/*.c))
OBJ   := $(SRC:%.c=$(OUT)/%.o)
LIB   := $(OUT)/librepli.a
TSUP  := $(patsubst %.c,$(OUT)/%.o,$(filter-out tests/support/fuzz_replay.c tests/support/tool_%.c tests/support/preload_%.c,$(wildcard tests/support/*.c)))
SUP   := $(OUT)/libsupport.a
TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c tests/fault/test_*.c))
PROVE := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fault/prove_*.c))
BENCH := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/bench/bench_*.c))
FUZZ_REPLAY := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
# tools that a test or the demo runs: tests/support/tool_*.c have a main of their own
TOOLS := $(patsubst tests/support/tool_%.c,$(OUT)/%,$(wildcard tests/support/tool_*.c))
# libraries that tests put under the program with LD_PRELOAD; a sanitizer wants to be the first itself
PRELOAD := $(if $(filter release,$(MODE)),$(patsubst tests/support/%.c,$(OUT)/%.so,$(wildcard tests/support/preload_*.c)))

# ---- files packed into the program
GEN    := out/gen
FONTS  := $(GEN)/fonts/regular.ttf $(GEN)/fonts/medium.ttf $(GEN)/fonts/bold.ttf $(GEN)/fonts/symbol.ttf
NOTO   := /usr/share/fonts/truetype/noto/NotoSans-SemiCondensed
SYMBOL := /usr/share/fonts/truetype/dejavu/DejaVuSansCondensed-Bold.ttf
LATIN  := U+0020-007E,U+00A0-024F,U+0259,U+02BC,U+0300-0304,U+0306-030C,U+0323,U+0326-0328,U+0331,U+1E00-1EFF,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032,U+2033,U+2039,U+203A,U+20AC,U+2122,U+FFFD
SIGNS  := U+0020,U+2190-2193,U+2212,U+2260,U+2264,U+2265,U+25A0,U+25A1,U+25B2,U+25CF,U+2610-2612,U+2713,U+2717,U+FFFD
ASSETS := $(wildcard templates/*.yaml templates/forms/*.yaml templates/lang/*.yaml templates/station/* forms/store/*.sql) $(FONTS) $(GEN)/zone/Europe/Brussels

.PHONY: all deps deps-lint deps-asan deps-browser shots demo check check-binaries prove lint asan fuzz bench golden pictures format install clean help tools
all: out/repli
.DELETE_ON_ERROR:
.SECONDARY:

out/repli: $(OUT)/repli
	@if [ "$(MODE)" = release ]; then cp -f $< $@.tmp && mv -f $@.tmp $@; fi

$(OUT)/repli: $(OUT)/forms/main.o $(LIB)
	$(call SAY,link,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_$(MODE)) $(BESIDE) -o $@ $< $(LIB) $(LIBS)

$(LIB): $(OBJ) $(OUT)/assets.o
	@rm -f $@
	$(call SAY,ar,$@)
	$(Q)ar rcs $@ $^

# what walks over every pixel (so does the scanner of the tests), and what lays out and writes thousands of pages
$(OUT)/tests/support/scanner.o $(OUT)/tests/support/damage.o $(OUT)/forms/scan/%.o $(OUT)/forms/form/%.o $(OUT)/forms/print/%.o $(OUT)/forms/base/%.o: HOT := $(if $(filter release,$(MODE)),-O3)
$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,cc,$<)
	$(Q)$(CC) $(CFLAGS) $(HOT) -MMD -MP -c -o $@ $<

$(SUP): $(TSUP)
	@rm -f $@
	$(call SAY,ar,$@)
	$(Q)ar rcs $@ $^

# A fuzz target has LLVMFuzzerTestOneInput alone: libFuzzer brings the main in MODE=fuzz, fuzz_replay.c otherwise.
$(FUZZ_REPLAY): $(OUT)/tests/fuzz/%: $(OUT)/tests/fuzz/%.o $(if $(filter fuzz,$(MODE)),,$(OUT)/tests/support/fuzz_replay.o) $(SUP) $(LIB)
	$(call SAY,link,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_$(MODE)) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) -o $@ $(filter %.o,$^) $(SUP) $(LIB) $(LIBS)

$(OUT)/tests/%: $(OUT)/tests/%.o $(SUP) $(LIB)
	$(call SAY,link,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_$(MODE)) -o $@ $(filter %.o,$^) $(SUP) $(LIB) $(LIBS) -lcmocka

$(OUT)/%: $(OUT)/tests/support/tool_%.o $(SUP) $(LIB)
	$(call SAY,link,$@)
	$(Q)$(CC) $(CFLAGS) $(LINK_$(MODE)) -o $@ $(filter %.o,$^) $(SUP) $(LIB) $(LIBS)

$(OUT)/%.so: tests/support/%.c tests/support/%.h
	@mkdir -p $(@D)
	$(call SAY,link,$@)
	$(Q)$(CC) $(CFLAGS) -U_FORTIFY_SOURCE -fPIC -shared -o $@ $< -ldl

$(GEN)/fonts/regular.ttf: FACE := Regular
$(GEN)/fonts/medium.ttf: FACE := Medium
$(GEN)/fonts/bold.ttf: FACE := Bold
$(GEN)/fonts/regular.ttf $(GEN)/fonts/medium.ttf $(GEN)/fonts/bold.ttf: Makefile
	@mkdir -p $(@D)
	$(call SAY,font,$@)
	$(Q)hb-subset --unicodes=$(LATIN) --no-hinting --layout-features= --output-file=$@ $(NOTO)$(patsubst Regular,,$(FACE)).ttf
$(GEN)/fonts/symbol.ttf: Makefile
	@mkdir -p $(@D)
	$(call SAY,font,$@)
	$(Q)hb-subset --unicodes=$(SIGNS) --no-hinting --layout-features= --output-file=$@ $(SYMBOL)
$(GEN)/zone/Europe/Brussels: /usr/share/zoneinfo/Europe/Brussels
	@mkdir -p $(@D)
	$(call SAY,copy,$@)
	$(Q)cp -L $< $@

# A table of the packed files, sorted by name, and the bytes by .incbin.
$(GEN)/assets.S: Makefile $(ASSETS)
	@mkdir -p $(@D)
	@{ echo '.section .rodata'; i=0; names=; \
	   for f in $(sort $(ASSETS)); do n=$${f#$(GEN)/}; n=$${n#forms/}; echo "$$n $$f"; done | LC_ALL=C sort > $(GEN)/assets.list; \
	   while read -r n f; do i=$$((i+1)); printf '.balign 16\nasset_%d: .incbin "%s"\nasset_end_%d: .byte 0\nname_%d: .asciz "%s"\n' $$i "$$f" $$i $$i "$$n"; done < $(GEN)/assets.list; \
	   echo '.section .data.rel.ro,"aw"'; echo '.balign 8'; echo '.globl repli_asset_table'; echo 'repli_asset_table:'; \
	   i=0; while read -r n f; do i=$$((i+1)); printf '.quad name_%d, asset_%d, asset_end_%d - asset_%d\n' $$i $$i $$i $$i; done < $(GEN)/assets.list; \
	   echo '.quad 0,0,0'; echo '.section .note.GNU-stack,"",%progbits'; } > $@
$(OUT)/assets.o: $(GEN)/assets.S $(ASSETS)
	@mkdir -p $(@D)
	$(call SAY,as,$@)
	$(Q)gcc -c -o $@ $<

# ---- dependencies
deps:
	@have=" $$(dpkg-query -W -f='$${db:Status-Status} $${Package}\n' $(DEPS) $(EXTRA_DEPS) 2>/dev/null | sed -n 's/^installed //p' | tr '\n' ' ')"; \
	missing=; for p in $(DEPS) $(EXTRA_DEPS); do case $$have in *" $$p "*) ;; *) missing="$$missing $$p" ;; esac; done; \
	if [ -n "$$missing" ]; then \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "installing:$$missing"; \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
deps-lint:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(DEPS_LINT)"
deps-browser:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(DEPS_BROWSER)"
	@if [ ! -s $(AXE) ] && command -v npm >/dev/null; then mkdir -p out/axe; timeout 60 npm install --no-save --silent --prefix out/axe axe-core@4 >/dev/null 2>&1 || true; fi
deps-asan:
	@$(MAKE) --no-print-directory deps EXTRA_DEPS="$(DEPS_ASAN)"

# ---- use
tools: $(TOOLS) $(PRELOAD)
demo: deps
	@$(MAKE) --no-print-directory all tools
	@tests/scenario/demo.sh
check-binaries: all $(OUT)/repli $(TESTS) $(TOOLS) $(PRELOAD) $(FUZZ_REPLAY)
check: deps-browser
	@$(MAKE) --no-print-directory -j$$(nproc) check-binaries MODE=release
	@tests/run.sh release
asan: deps-asan deps-browser
	@$(MAKE) --no-print-directory -j$$(nproc) check-binaries MODE=asan
	@tests/run.sh asan
lint: deps-lint
	@tests/lint/run.sh
prove: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tools $(PROVE) $(BENCH) $(OUT)/tests/fault/test_meet $(OUT)/tests/fault/test_undos $(OUT)/tests/fault/test_histories $(OUT)/tests/unit/test_snapshot_take MODE=release
	@tests/prove.sh $(PART)
bench: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tools $(BENCH) MODE=release
	@tests/bench/run.sh
fuzz: deps-lint deps-asan
	@$(MAKE) --no-print-directory -j$$(nproc) $(patsubst tests/%.c,out/fuzz/tests/%,$(wildcard tests/fuzz/fuzz_*.c)) MODE=fuzz
	@tests/fuzz/run.sh
golden: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tools
	@tests/golden/run.sh $(GOLDEN)
shots: deps-browser
	@$(MAKE) --no-print-directory -j$$(nproc) all tools
	@tests/browser/shots.sh
pictures: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all tools
	@tests/golden/pictures.sh accept
format:
	@clang-format -i $(wildcard forms/*.c forms/*/*.[ch] include/repli/*.h tests/*/*.[ch])

install: all
	install -D -m 755 out/repli $(DESTDIR)$(PREFIX)/bin/repli
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	@for u in templates/systemd/repli-*; do sed 's|@PREFIX@|$(PREFIX)|g' $$u >$(DESTDIR)$(PREFIX)/lib/systemd/system/$${u##*/}; done
clean:
	rm -rf out
help:
	@sed -n 's/^# \{0,1\}//p' Makefile | sed -n '1,/^$$/!{/^  *make/p}' | sed -n '1,40p'

# Nothing makes these but the compiler; without that said, make looks for a way to make each, for seconds.
MADE := $(shell find $(OUT) -name '*.d' 2>/dev/null)
-include $(MADE)
$(MADE): ;
