# make test-sanitize: all unit tests, the driver's own sources among them, and system tests, with
# what clang adds to find misuse of memory, undefined behaviour and leaks (build/asan); those of
# several threads with what finds races (build/tsan). tests/sanitize/run says which.

SANITIZE_FLAGS = -O1 -g -fno-omit-frame-pointer -DFT_SANITIZED
ASAN_FLAGS     = $(SANITIZE_FLAGS) -fsanitize=address,undefined -fno-sanitize-recover=undefined
TSAN_FLAGS     = $(SANITIZE_FLAGS) -fsanitize=thread

.PHONY: test-sanitize
test-sanitize:
	@tools/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/asan CC=clang CFLAGS='$(ASAN_FLAGS)' all test-programs
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/tsan CC=clang CFLAGS='$(TSAN_FLAGS)' all test-programs
	@tests/sanitize/run $(BUILD)
