# filetap. `make` builds everything into build/; `make help` lists the rest.

CC       = gcc
AR       = ar
BUILD    = build
PREFIX   = /usr/local
DESTDIR  =
VERSION := $(shell sed -n 's/.*FT_VERSION_STRING *"\(.*\)"/\1/p' driver/version.h)

# What Debian 12 calls the things that the build, and on top of that the tests, need.
BUILD_PACKAGES = gcc libc6-dev clang lld llvm libbpf-dev libseccomp-dev libzydis-dev openssl \
	osslsigncode
WINE_PACKAGES  = wine wine64 xvfb xauth gcc-mingw-w64-x86-64
TEST_PACKAGES  = g++ libcmocka-dev libclang-rt-14-dev strace python3 git tar util-linux valgrind
KERNEL_PACKAGES = qemu-system-x86 debootstrap busybox-static cpio zstd e2fsprogs

WARNINGS = -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes
CPPFLAGS = -D_GNU_SOURCE -Iinclude -Iinclude/nt -Ifltbox -I. \
	-DFILETAP_VERSION='"$(VERSION)"'
# Tuned for no processor in particular, gcc clears short structures with `rep stos`, which takes
# longer to begin than they are long: events took a sixth more time.
CFLAGS   = -O2 -g -mtune=skylake
# wchar_t has 16 bits on Windows; NT headers name unnamed members as Microsoft's compiler lets them.
ABIFLAGS = -std=gnu11 -fshort-wchar -fms-extensions -fno-strict-aliasing -pthread
LDFLAGS  =
LDLIBS   = -lbpf -lseccomp -lZydis -pthread

# `make V=1` shows the commands.
ifneq ($(V),1)
Q = @
say = @echo "  $(1)$@"
endif

COMPILE  = $(CC) $(ABIFLAGS) $(CFLAGS) $(CPPFLAGS) $(WARNINGS) -MMD -MP

BOX_SOURCES    := $(wildcard fltbox/*/*.c fltbox/*/*.S) fltbox/box.c fltbox/find_case.c \
	fltbox/inf.c fltbox/service.c
BOX_OBJECTS    := $(patsubst %.S,%.S.o,$(patsubst %.c,%.o,$(addprefix $(BUILD)/obj/,$(BOX_SOURCES))))
CLIENT_OBJECTS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard client/*.c))

.PHONY: all
all: $(BUILD)/filetap $(BUILD)/fltbox $(BUILD)/filetap.sys $(BUILD)/filetap.inf

include driver/driver.mk

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(COMPILE) -c $< -o $@

$(BUILD)/obj/%.S.o: %.S
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(COMPILE) -c $< -o $@

# The kernel side of the bpf source: with and without bpf_rdonly_cast (fltbox/source/bpf/access.h),
# and for kernels where programs on tracepoints can be preempted (fltbox/source/bpf/thread.h).
# CO-RE needs the types' debugging information (BTF), and nothing of DWARF.
BPF_COMPILE = clang -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter \
	-D__TARGET_ARCH_x86 -I/usr/include/x86_64-linux-gnu

BPF_OBJECTS = $(addprefix $(BUILD)/bpf/,probe.o probe_7.o probe_reads.o wine.o)

$(BUILD)/bpf/probe.o: BPF_FLAGS =
$(BUILD)/bpf/probe_7.o: BPF_FLAGS = -DPROBE_PREEMPTIBLE
$(BUILD)/bpf/probe_reads.o $(BUILD)/bpf/wine.o: BPF_FLAGS = -DPROBE_READS
$(BUILD)/bpf/probe.o $(BUILD)/bpf/probe_7.o $(BUILD)/bpf/probe_reads.o: fltbox/source/bpf/probe.bpf.c
$(BUILD)/bpf/wine.o: fltbox/source/bpf/wine.bpf.c
$(BPF_OBJECTS): $(wildcard fltbox/source/bpf/*.h)
	@mkdir -p $(@D)
	$(call say,BPF   )
	$(Q)$(BPF_COMPILE) $(BPF_FLAGS) -c $(filter %.bpf.c,$^) -o $@
	$(Q)llvm-strip -g $@

$(BUILD)/obj/fltbox/source/bpf_objects.S.o: $(BPF_OBJECTS)
# gcc, whatever the rest is compiled with: clang's assembler has no path for .incbin.
$(BUILD)/obj/fltbox/source/bpf_objects.S.o: override CC = gcc
$(BUILD)/obj/fltbox/source/bpf_objects.S.o: override CFLAGS = -g -Wa,-I$(BUILD)/bpf

$(BUILD)/libfltbox.a: $(BOX_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/fltbox: $(BUILD)/obj/fltbox/fltbox.o $(BUILD)/libfltbox.a
	$(call say,LINK  )
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/filetap: $(CLIENT_OBJECTS) $(BUILD)/libfltbox.a
	$(call say,LINK  )
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@ $(LDLIBS)

# ---- Running ---------------------------------------------------------------------------------

CMD = sh -c 'export LC_ALL=C; cat /etc/hostname; cat /nonexistent; echo x > $(BUILD)/run.out; /bin/true'

.PHONY: run
run:
	@tools/install-packages $(BUILD_PACKAGES)
	@$(MAKE) --no-print-directory -s all
	$(BUILD)/filetap run -- $(CMD)

# xvfb is the display, xdotool the user.
DEMO_PACKAGES = python3 wine wine64 xvfb xdotool

.PHONY: demo-notepad
demo-notepad:
	@tools/install-packages $(BUILD_PACKAGES) $(DEMO_PACKAGES)
	@$(MAKE) --no-print-directory -s all
	@tools/demo-notepad $(BUILD)

# ---- Tests -----------------------------------------------------------------------------------

include tests/tests.mk
include tests/sanitize/sanitize.mk
include tests/fuzz/fuzz.mk

.PHONY: test
test:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory -s all test-programs fuzz-programs
	@tests/run $(BUILD)

# The tests of Windows programs alone. `make test` has them too, and leaves them out without Wine.
.PHONY: test-wine
test-wine:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) $(WINE_PACKAGES)
	@$(MAKE) --no-print-directory -s all test-programs
	@FT_TESTS='system/wine*' tests/run $(BUILD)

# The README's commands in a root directory with Debian 12's minimal base: what they need and do not
# name is missing there. As root.
.PHONY: test-minbase
test-minbase: $(BUILD)/tests/programs/contained
	@tools/install-packages debootstrap git tar util-linux
	@tests/minbase $(BUILD)

# On Debian's kernels, in virtual machines: all, or KERNELS="6.1 6.12"; and all parts, or
# PARTS="cases" (tests/kernels/inside). As root, who alone can make the root image. What is fetched is
# kept in $(BUILD)/kernels.
KERNELS = 6.1 6.12 newest 5.10

.PHONY: test-kernels
test-kernels:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES) $(KERNEL_PACKAGES)
	@$(MAKE) --no-print-directory -s all test-programs kernel-test-programs
	@PARTS="$(PARTS)" tests/kernels/run $(BUILD) $(KERNELS)

# Mixed activity for SECONDS, while traces and drivers come, go and are killed (tests/soak).
.PHONY: soak
soak: SECONDS = 600
soak:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory -s all test-programs
	@tests/soak $(BUILD) $(SECONDS)

# ---- Measuring -------------------------------------------------------------------------------

include bench/bench.mk

# ---- Installing ------------------------------------------------------------------------------

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/filetap $(DESTDIR)$(PREFIX)/bin/filetap
	install -D -m 755 $(BUILD)/fltbox $(DESTDIR)$(PREFIX)/bin/fltbox
	install -D -m 644 $(BUILD)/filetap.sys $(DESTDIR)$(PREFIX)/lib/filetap/filetap.sys
	install -D -m 644 $(BUILD)/filetap.inf $(DESTDIR)$(PREFIX)/lib/filetap/filetap.inf
	install -D -m 644 $(BUILD)/filetap.map $(DESTDIR)$(PREFIX)/lib/filetap/filetap.map
	install -D -m 644 docs/filetap.1 $(DESTDIR)$(PREFIX)/share/man/man1/filetap.1
	install -D -m 644 docs/fltbox.1 $(DESTDIR)$(PREFIX)/share/man/man1/fltbox.1
	install -d -m 755 $(DESTDIR)$(PREFIX)/share/doc/filetap
	install -m 644 docs/*.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/filetap

.PHONY: clean
clean:
	rm -rf $(BUILD)

.PHONY: help
help:
	@echo 'make           build everything into $(BUILD)/'
	@echo 'make run       trace something small; CMD="program args" traces that'
	@echo 'make demo-notepad  as root: trace a Windows program, Wine'"'"'s notepad, while it is used'
	@echo 'make test      all tests; installs the Debian packages that it lacks'
	@echo 'make test-wine the tests of Windows programs under Wine; installs Wine'
	@echo 'make test-minbase  as root: make run and make test on a Debian 12 that has nothing yet'
	@echo 'make test-sanitize  tests with what finds misuse of memory, undefined behaviour and races'
	@echo 'make test-kernels  as root: the tests on Debian'"'"'s kernels, in virtual machines (QEMU);'
	@echo '               KERNELS="$(KERNELS)" chooses'
	@echo 'make fuzz      inputs that are made up, for whatever reads what others write; SECONDS=300'
	@echo '               TARGET="pe inf" choose (tests/fuzz)'
	@echo 'make soak      everything at once for ten minutes, SECONDS=600: memory, losses, what is left'
	@echo 'make bench     the same work under filetap and its peers, one table; WORKS="storm1 tree"'
	@echo '               TRACERS="none bpf" ROUNDS=3 SCALE=0.1 choose (bench/bench.mk has all)'
	@echo 'make bench-deps  installs the peers: $(PEER_PACKAGES)'
	@echo 'make bench-replay   events a second from the source to the output, and memory'
	@echo 'make bench-wine     opens of a Windows program, traced and not'
	@echo 'make install   into PREFIX ($(PREFIX)), below DESTDIR'
	@echo 'make clean     remove $(BUILD)/'

-include $(shell find $(BUILD)/obj $(BUILD)/tests $(BUILD)/bench -name '*.d' 2>/dev/null)
