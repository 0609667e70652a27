# What the tests need built. Every tests/unit/test_*.c is one cmocka program; those called
# test_driver_* are linked with the driver's own sources, compiled natively.

UNIT_TESTS     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
TEST_PROGRAMS  := $(patsubst tests/programs/%.c,$(BUILD)/tests/programs/%,$(wildcard tests/programs/*.c))
TEST_DRIVERS   := $(patsubst tests/drivers/%,$(BUILD)/tests/drivers/%.sys,\
	$(basename $(wildcard tests/drivers/*.c tests/drivers/*.cpp)))

.PHONY: test-programs
test-programs: $(UNIT_TESTS) $(BUILD)/tests/x86_64-unix/ntdll.so $(TEST_PROGRAMS) $(TEST_DRIVERS) $(BUILD)/bench/replay test-wine-programs

# What the tests load.
$(BUILD)/tests/x86_64-unix/ntdll.so: tests/libraries/ntdll.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(CC) -std=gnu11 $(CFLAGS) $(WARNINGS) -shared -fPIC $< -o $@

# Windows programs for the tests under Wine, where there is a compiler for them.
WINE_CC       := $(shell command -v x86_64-w64-mingw32-gcc)
WINE_PROGRAMS  = $(if $(WINE_CC),$(BUILD)/tests/wine/nt_calls.exe $(BUILD)/bench/wine_opens.exe)

.PHONY: test-wine-programs
test-wine-programs: $(WINE_PROGRAMS)

$(BUILD)/tests/wine/nt_calls.exe: $(wildcard tests/wine/*.c tests/wine/*.h)
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(WINE_CC) -std=gnu11 -municode -O2 -g -Wall -Wextra -Werror $(filter %.c,$^) -o $@ -lntdll

TEST_CLIENT_OBJECTS = $(filter-out $(BUILD)/obj/client/main.o,$(CLIENT_OBJECTS))

$(BUILD)/tests/unit/test_driver_%: tests/unit/test_driver_%.c $(BUILD)/native/libfiletap_native.a $(BUILD)/libfltbox.a
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)clang $(ABIFLAGS) $(CFLAGS) $(CPPFLAGS) -Idriver $(WARNINGS) -MMD -MP -MF $@.d $(filter-out %.h,$^) -o $@ -lcmocka $(LDLIBS)

$(BUILD)/tests/unit/test_client_%: tests/unit/test_client_%.c $(TEST_CLIENT_OBJECTS) $(BUILD)/libfltbox.a
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(COMPILE) -MF $@.d -Iclient $(filter-out %.h,$^) -o $@ -lcmocka $(LDLIBS)

$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/libfltbox.a
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(COMPILE) -MF $@.d $(filter-out %.h,$^) -o $@ -lcmocka $(LDLIBS)

# What is observed, and so never built with what finds our own faults.
PROGRAM_CFLAGS = -O2 -g

$(BUILD)/tests/programs/%: tests/programs/%.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(CC) -std=gnu11 $(PROGRAM_CFLAGS) -D_GNU_SOURCE $(WARNINGS) $< -o $@ -pthread

# For tests/kernels: the same without a library, as each of the kinds of programs that there are.
.PHONY: kernel-test-programs
kernel-test-programs: $(addprefix $(BUILD)/tests/kernels/,abi64 abi32 abix32)

$(BUILD)/tests/kernels/abi%: tests/kernels/programs/abi.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(CC) -m$* -std=gnu11 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pic -fno-stack-protector -nostdlib -static -no-pie $< -o $@

# Drivers made by the compiler for Windows. They may import whatever fltbox implements; what a
# driver wants beyond that, to see it refused, is in tests/drivers/NAME.def.
TEST_DRIVER_CC   = clang --target=x86_64-pc-windows-msvc -nostdinc -ffreestanding -fms-extensions \
	-O2 -fasynchronous-unwind-tables -Wall -Wextra -Werror -Iinclude -Iinclude/nt
TEST_DRIVER_LINK = lld-link /nologo /driver /subsystem:native,10.0 /entry:DriverEntry /nodefaultlib \
	/nxcompat /dynamicbase /integritycheck

$(BUILD)/tests/imports/fltmgr.def: $(BUILD)/fltbox
	@mkdir -p $(@D)
	$(Q){ echo 'LIBRARY FLTMGR.SYS'; echo EXPORTS; $(BUILD)/fltbox --list-exports | sed -n 's/ (data)$$/ CONSTANT/; s/^FLTMGR.SYS!//p'; } > $@

$(BUILD)/tests/imports/ntoskrnl.def: $(BUILD)/fltbox
	@mkdir -p $(@D)
	$(Q){ echo 'LIBRARY ntoskrnl.exe'; echo EXPORTS; $(BUILD)/fltbox --list-exports | sed -n 's/ (data)$$/ CONSTANT/; s/^ntoskrnl.exe!//p'; } > $@

$(BUILD)/tests/imports/hal.def: $(BUILD)/fltbox
	@mkdir -p $(@D)
	$(Q){ echo 'LIBRARY HAL.dll'; echo EXPORTS; $(BUILD)/fltbox --list-exports | sed -n 's/^HAL.dll!//p'; } > $@

$(BUILD)/tests/imports/missing.def: tests/drivers/missing.def
	@mkdir -p $(@D)
	$(Q)cp $< $@

$(BUILD)/tests/imports/%.lib: $(BUILD)/tests/imports/%.def
	$(Q)llvm-dlltool -m i386:x86-64 -d $< -l $@

# HAL.dll first: what it has too is taken from there.
TEST_IMPORTS = $(BUILD)/tests/imports/hal.lib $(BUILD)/tests/imports/fltmgr.lib \
	$(BUILD)/tests/imports/ntoskrnl.lib $(BUILD)/tests/imports/missing.lib

$(BUILD)/tests/drivers/%.obj: tests/drivers/%.c
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(TEST_DRIVER_CC) -std=c11 -MMD -MP -c $< -o $@

$(BUILD)/tests/drivers/%.obj: tests/drivers/%.cpp
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(TEST_DRIVER_CC) -std=c++17 -fno-exceptions -fno-rtti -MMD -MP -c $< -o $@

$(BUILD)/tests/drivers/%.sys: $(BUILD)/tests/drivers/%.obj $(TEST_IMPORTS)
	$(call say,LINK  )
	$(Q)$(TEST_DRIVER_LINK) $< $(TEST_IMPORTS) /out:$@ /map:$(@:.sys=.map)

.PRECIOUS: $(BUILD)/tests/drivers/%.obj $(BUILD)/tests/imports/%.def $(BUILD)/tests/imports/%.lib
