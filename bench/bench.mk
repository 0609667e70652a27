# make bench: the same work under filetap and under its peers, one table; docs/performance.md says
# how to read it. `make bench-deps` installs the peers, `make bench` does with those that are there.

PEER_PACKAGES  = strace libbpf-tools fatrace linux-perf

WORKS   = storm1 storm2 tree missing execs idle
TRACERS = none floor bpf watch ptrace strace opensnoop fatrace perf
ROUNDS  = 5
SCALE   = 1
LIMIT   = 120

BENCH_PROGRAMS := $(patsubst bench/works/%.c,$(BUILD)/bench/bench-%,$(wildcard bench/works/*.c)) \
	$(BUILD)/bench/launch $(BUILD)/bench/floor $(BUILD)/bench/floor.o

.PHONY: bench
bench:
	@tools/install-packages $(BUILD_PACKAGES) python3 tar
	@$(MAKE) --no-print-directory -s all bench-programs
	@bench/bench.py --build $(BUILD) --works "$(WORKS)" --tracers "$(TRACERS)" \
		--rounds $(ROUNDS) --scale $(SCALE) --limit $(LIMIT)

.PHONY: bench-deps
bench-deps:
	@tools/install-packages $(PEER_PACKAGES)

.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)

# Static: what is measured then opens nothing but what it is there to open.
BENCH_COMPILE = $(CC) -std=gnu11 $(CFLAGS) -D_GNU_SOURCE $(WARNINGS) -MMD -MP -static

$(BUILD)/bench/bench-%: bench/works/%.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(BENCH_COMPILE) $< -o $@ -pthread

$(BUILD)/bench/launch: bench/launch.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(BENCH_COMPILE) $< -o $@
$(BUILD)/bench/floor: bench/floor.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(CC) -std=gnu11 $(CFLAGS) -D_GNU_SOURCE $(WARNINGS) -MMD -MP $< -o $@ -lbpf

$(BUILD)/bench/floor.o: bench/floor.bpf.c
	@mkdir -p $(@D)
	$(call say,BPF   )
	$(Q)$(BPF_COMPILE) -c $< -o $@

# What an event costs behind its source: events a second, memory, instructions.

$(BUILD)/bench/replay: $(BUILD)/obj/bench/replay.o $(BUILD)/obj/bench/synthetic.o \
		$(filter-out $(BUILD)/obj/client/main.o,$(CLIENT_OBJECTS)) $(BUILD)/libfltbox.a
	@mkdir -p $(@D)
	$(call say,LINK  )
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)

.PHONY: bench-replay
bench-replay: $(BUILD)/bench/replay $(BUILD)/filetap.sys
	$(BUILD)/bench/replay $(BUILD)/filetap.sys

# What an open of a Windows program under Wine costs.

$(BUILD)/bench/wine_opens.exe: bench/wine_opens.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)x86_64-w64-mingw32-gcc -O2 -Wall -Wextra -Werror $< -o $@

.PHONY: bench-wine
bench-wine:
	@tools/install-packages $(BUILD_PACKAGES) $(WINE_PACKAGES) python3
	@$(MAKE) --no-print-directory -s all $(BUILD)/bench/wine_opens.exe
	@xvfb-run -a bench/wine.py --build $(BUILD) --rounds $(ROUNDS)
