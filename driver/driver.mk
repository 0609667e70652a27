# filetap.sys: the PE file for Windows, and the same sources compiled natively for unit tests.
#
# build/filetap.sys      the driver, signed with the test certificate
# build/filetap.inf      installs it
# build/filetap.map      its symbols as text; fltbox names functions in crash reports by it
# build/filetap.pdb      its symbols for a Windows debugger
# build/filetap-test.cer the test certificate, to be trusted on a test machine

DRIVER_CC    = clang --target=x86_64-pc-windows-msvc
# Windows cannot pass an exception, or print a stack, through a function without unwind data, and
# -ffreestanding leaves that out by default.
DRIVER_FLAGS = -std=c11 -O2 -gcodeview -nostdinc -ffreestanding -fms-extensions \
	-fasynchronous-unwind-tables \
	-fdebug-compilation-dir=. -fno-ident -Wall -Wextra -Werror -Iinclude -Iinclude/nt

# INIT is for DriverEntry and what it calls, and can be discarded when that has returned. Windows
# pages out sections whose names begin with PAGE.
DRIVER_LINK = lld-link /nologo /driver /machine:x64 /subsystem:native,10.0 /entry:DriverEntry \
	/nodefaultlib /nxcompat /dynamicbase /highentropyva /integritycheck /brepro \
	/section:INIT,ERD /opt:ref,noicf /version:$(basename $(VERSION)) /debug:full \
	/pdbaltpath:filetap.pdb /pdbsourcepath:/filetap

DRIVER_SOURCES := $(wildcard driver/*.c)
DRIVER_OBJECTS := $(patsubst driver/%.c,$(BUILD)/driver/%.obj,$(DRIVER_SOURCES))
DRIVER_IMPORTS  = $(BUILD)/driver/fltmgr.lib $(BUILD)/driver/ntoskrnl.lib

$(BUILD)/driver/%.obj: driver/%.c driver/driver.mk
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)$(DRIVER_CC) $(DRIVER_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/driver/%.lib: driver/imports/%.def
	@mkdir -p $(@D)
	$(Q)llvm-dlltool -m i386:x86-64 -d $< -l $@

$(BUILD)/driver/filetap.res: driver/filetap.rc driver/version.h
	@mkdir -p $(@D)
	$(Q)llvm-rc /fo $@ driver/filetap.rc

$(BUILD)/driver/filetap.sys: $(DRIVER_OBJECTS) $(BUILD)/driver/filetap.res $(DRIVER_IMPORTS)
	$(call say,LINK  )
	$(Q)$(DRIVER_LINK) $^ /out:$@ /map:$(BUILD)/filetap.map /pdb:$(BUILD)/filetap.pdb

# Made once, and kept: a machine that trusts it trusts every later build.
$(BUILD)/sign/filetap-test.pem:
	@mkdir -p $(@D)
	$(call say,CERT  )
	$(Q)openssl req -x509 -newkey rsa:3072 -nodes -sha256 -days 3650 -subj '/CN=filetap test' \
		-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
		-addext extendedKeyUsage=codeSigning -keyout $(@:.pem=.key) -out $@ 2>/dev/null

$(BUILD)/filetap-test.cer: $(BUILD)/sign/filetap-test.pem
	$(Q)openssl x509 -in $< -outform DER -out $@

$(BUILD)/filetap.sys: $(BUILD)/driver/filetap.sys $(BUILD)/sign/filetap-test.pem $(BUILD)/filetap-test.cer
	@rm -f $@
	$(call say,SIGN  )
	$(Q)osslsigncode sign -certs $(BUILD)/sign/filetap-test.pem -key $(BUILD)/sign/filetap-test.key \
		-h sha256 -n filetap -in $< -out $@ >/dev/null

$(BUILD)/filetap.inf: driver/filetap.inf
	@mkdir -p $(@D)
	$(Q)cp $< $@

# ---- The same sources as native code, for unit tests ----------------------------------------

NATIVE_OBJECTS := $(patsubst driver/%.c,$(BUILD)/native/%.o,$(DRIVER_SOURCES))

$(BUILD)/native/%.o: driver/%.c driver/driver.mk
	@mkdir -p $(@D)
	$(call say,CC    )
	$(Q)clang $(ABIFLAGS) $(CFLAGS) $(CPPFLAGS) $(WARNINGS) -MMD -MP -c $< -o $@

$(BUILD)/native/libfiletap_native.a: $(NATIVE_OBJECTS)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

-include $(wildcard $(BUILD)/driver/*.d $(BUILD)/native/*.d)
