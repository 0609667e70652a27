# make fuzz [SECONDS=300] [TARGET="pe inf"]: whatever anybody can make us read, made up by clang's
# libFuzzer under AddressSanitizer and UBSan. Each tests/fuzz/NAME.c is a target, with what it
# begins with in tests/fuzz/corpus/NAME. `make test` runs each for some seconds.
#
# An input that breaks one is kept in BUILD/fuzz/found: build/fuzz/targets/NAME FILE shows it again.

FUZZ_FLAGS   = -O1 -g -fno-omit-frame-pointer -DFT_SANITIZED -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,$(BUILD)/targets/%,$(wildcard tests/fuzz/*.c))
SECONDS      = 60
TARGET       = all

# In a build directory of its own, whose objects are made for this.
.PHONY: fuzz-programs
fuzz-programs:
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/fuzz CC=clang CFLAGS='$(FUZZ_FLAGS)' fuzz-targets

.PHONY: fuzz-targets
fuzz-targets: $(FUZZ_TARGETS)

.PHONY: fuzz
fuzz:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory -s all test-programs fuzz-programs
	@tests/fuzz/run $(BUILD) $(SECONDS) "$(TARGET)"

$(BUILD)/targets/%: tests/fuzz/%.c $(BUILD)/native/libfiletap_native.a $(TEST_CLIENT_OBJECTS) $(BUILD)/libfltbox.a
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(COMPILE) -Idriver -MF $@.d $(filter-out %.h,$^) -fsanitize=fuzzer -o $@ $(LDLIBS)

-include $(wildcard $(BUILD)/targets/*.d)
