# Rookery: a personal chess-data backend.
#
#   make            build ./rookery, ./build/lichess-sim and the plugins (MODE=release)
#   make deps       install what building and running needs (Debian packages)
#   make deps-dev   install what working on Rookery needs (compilers, linters, oracles)
#   make demo       run the whole pipeline on a synthetic world, print a summary, leave nothing
#   make test       the fast suites, under five minutes
#   make test-all   the fast suites and the long ones
#   make bench      measure: build/bench.json   (BENCH=name for one)
#   make lint       clang-tidy, cppcheck, shellcheck        make fmt    clang-format
#   make check      layers, headers, sizes: the rules a script can prove
#   make cov        line coverage of the unit suite         make fuzz   the fuzz targets, 30 s each
#   make clean      remove build/ and ./rookery
#
# MODE=debug|release|asan|tsan|cov|fuzz chooses build/$(MODE); V=1 shows commands; DEV=1 adds -Werror.

MODE ?= release
B    := build/$(MODE)
CC   ?= gcc
PKGS := libcurl libpq yaml-0.1 jansson libzmq libmicrohttpd libzstd zlib libsodium

CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
CFLAGS_debug   := -O0 -g3 -fPIE
CFLAGS_asan    := -O1 -g -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fPIE -fsanitize=thread
CFLAGS_cov     := -O0 -g -fPIE --coverage
CFLAGS_fuzz    := -O1 -g -fPIE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now
LDFLAGS_debug := -pie
LDFLAGS_asan  := -pie -fsanitize=address,undefined
LDFLAGS_tsan  := -pie -fsanitize=thread
LDFLAGS_cov   := -pie --coverage
LDFLAGS_fuzz  := -pie -fsanitize=fuzzer,address,undefined
ifeq ($(MODE),fuzz)
CC := clang
endif

WARN := -Wall -Wextra -Wpedantic -Wno-gnu-statement-expression -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef -Wformat=2 \
        -fno-common $(if $(DEV),-Werror)
ifneq ($(CC),clang)
WARN := $(filter-out -Wno-gnu-statement-expression -Wpedantic,$(WARN))
endif
VERSION := $(shell cat VERSION)
CPPFLAGS := -D_GNU_SOURCE -I. -I$(B)/gen $(shell pkg-config --cflags $(PKGS)) -DROOKERY_VERSION='"$(VERSION)"'
ALLCFLAGS = -std=c17 $(CFLAGS_$(MODE)) $(WARN) $(CFLAGS)
ALLLDFLAGS = $(LDFLAGS_$(MODE)) -rdynamic $(LDFLAGS)
LDLIBS  := $(shell pkg-config --libs $(PKGS)) -lm -lpthread -ldl

# Layers, bottom-up; also the link order.  tests/check-layers.sh proves the includes.
LAYERS := engine/base engine/spec engine/core analytics/chess analytics nodes engine/run web engine/cli
SRC    := $(foreach l,$(filter-out engine/cli,$(LAYERS)),$(wildcard $(l)/*.c))
CLI    := $(wildcard engine/cli/*.c)
OBJ    := $(SRC:%.c=$(B)/%.o)
CLIOBJ := $(CLI:%.c=$(B)/%.o)
SIMOBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/lichess_sim/*.c))
PLUGINS := $(patsubst analytics/plugins/%.c,$(B)/plugins/%.so,$(wildcard analytics/plugins/*.c))
UNIT   := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
ITBIN  := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/it/*.c))
BENCHBIN := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench/*.c))
LIB    := $(B)/librookery.a
SQLDIRS := $(wildcard engine/run/sql engine/cli/sql nodes/sql web/sql)
GENSQL := $(foreach d,$(SQLDIRS),$(B)/gen/$(subst /,_,$(patsubst %/sql,%,$(d)))_sql.c)
GENOBJ := $(GENSQL:.c=.o)
Q := $(if $(V),,@)

.PHONY: all help deps deps-dev demo test test-unit test-it test-all bench fmt lint check check-layers check-headers \
        check-size cov fuzz clean tests
all: $(B)/rookery $(B)/lichess-sim $(PLUGINS) links
help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile

# ./rookery, build/lichess-sim and build/plugins always point at the mode built last.
.PHONY: links
links: $(B)/rookery $(B)/lichess-sim
	@ln -sfn $(B)/rookery rookery
	@ln -sfn $(MODE)/lichess-sim build/lichess-sim
	@ln -sfn $(MODE)/plugins build/plugins

# A changed flag rebuilds everything: the stamp is rewritten only when its content differs.
$(B)/.flags: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(ALLCFLAGS) $(CPPFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALLCFLAGS) $(CPPFLAGS)' > $@
.PHONY: FORCE

$(B)/%.o: %.c $(B)/.flags | $(GENSQL)
	@mkdir -p $(@D)
	@$(if $(V),,echo "  CC   $<")
	$(Q)$(CC) $(ALLCFLAGS) $(CPPFLAGS) -MMD -MP -c $< -o $@
$(B)/gen/%.o: $(B)/gen/%.c
	$(Q)$(CC) $(ALLCFLAGS) $(CPPFLAGS) -c $< -o $@

# SQL lives in its own files, one statement each; the host tool turns a folder into C strings.
build/embed: engine/tools/embed.c
	@mkdir -p build
	@$(if $(V),,echo "  HOST $<")
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O1 -Wall -Wextra $< -o $@
define SQLRULE
$(B)/gen/$(subst /,_,$(patsubst %/sql,%,$(1)))_sql.c: $(wildcard $(1)/*.sql) $(wildcard $(1)/migrations/*.sql) build/embed
	@mkdir -p $$(@D)
	@$$(if $$(V),,echo "  GEN  $(1)")
	$(Q)build/embed $(1) $$@
endef
$(foreach d,$(SQLDIRS),$(eval $(call SQLRULE,$(d))))

$(LIB): $(OBJ) $(GENOBJ)
	@rm -f $@ && ar rcs $@ $^
$(B)/rookery: $(CLIOBJ) $(LIB)
	@$(if $(V),,echo "  LD   $@")
	$(Q)$(CC) $(ALLLDFLAGS) $(CLIOBJ) $(LIB) $(LDLIBS) -o $@
$(B)/lichess-sim: $(SIMOBJ) $(LIB)
	@$(if $(V),,echo "  LD   $@")
	$(Q)$(CC) $(ALLLDFLAGS) $(SIMOBJ) $(LIB) $(LDLIBS) -o $@
$(B)/plugins/%.so: analytics/plugins/%.c analytics/analytic.h $(B)/.flags
	@mkdir -p $(@D)
	@$(if $(V),,echo "  PLUG $<")
	$(Q)$(CC) $(ALLCFLAGS) $(CPPFLAGS) -fPIC -shared -MMD -MP -MF $(@:.so=.d) $< -o $@ -lm
$(B)/tests/%: $(B)/tests/%.o $(LIB)
	@$(if $(V),,echo "  LD   $@")
	$(Q)$(CC) $(ALLLDFLAGS) $< $(LIB) $(LDLIBS) -lcmocka -o $@

tests: all $(UNIT) $(ITBIN)
test: tests
	$(Q)B=$(B) tests/run.sh fast
test-all: tests
	$(Q)B=$(B) tests/run.sh fast long
test-unit: all $(UNIT)
	$(Q)B=$(B) tests/run.sh unit
test-it: tests
	$(Q)B=$(B) tests/run.sh it
bench: all $(BENCHBIN)
	$(Q)B=$(B) BENCH='$(BENCH)' tests/bench/run.sh
demo:
	$(Q)tests/demo.sh
deps:
	$(Q)tests/deps.sh user
deps-dev:
	$(Q)tests/deps.sh dev

check: check-layers check-headers check-size
check-layers:
	$(Q)tests/check-layers.sh
check-headers:
	$(Q)CC="$(CC)" FLAGS="-std=c17 $(CPPFLAGS)" tests/check-headers.sh
check-size:
	$(Q)tests/check-size.sh
fmt:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i
lint: $(GENSQL)
	$(Q)FLAGS="-std=c17 $(CPPFLAGS)" tests/lint.sh
cov:
	$(Q)$(MAKE) MODE=cov tests && tests/cov.sh
fuzz:
	$(Q)$(MAKE) MODE=fuzz fuzzers && B=build/fuzz tests/fuzz/run.sh
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) $< $(LIB) $(LDLIBS) -o $@
clean:
	rm -rf build rookery

-include $(OBJ:.o=.d) $(CLIOBJ:.o=.d) $(SIMOBJ:.o=.d) $(PLUGINS:.so=.d) $(UNIT:=.d) $(ITBIN:=.d)
.SECONDARY:
