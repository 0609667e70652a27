/* The client's numbers against the NT headers, and Process Monitor's words. */
#include "client_test.h"

#include <ntifs.h>

#include "client/tables.h"

static const char *words(uint32_t status)
{
    struct buffer b = {0};

    status_words(&b, status);
    return taken(&b);
}

static const char *access_words(uint32_t access)
{
    struct buffer b = {0};

    flags_join(&b, access_flags, access_map_generic(access), ", ");
    return taken(&b);
}

static const char *option_words(uint32_t options)
{
    struct buffer b = {0};

    flags_join(&b, option_flags, options, ", ");
    return taken(&b);
}

static void results(void **state)
{
    (void)state;
    assert_string_equal(words(STATUS_SUCCESS), "SUCCESS");
    assert_string_equal(words(STATUS_OBJECT_NAME_NOT_FOUND), "NAME NOT FOUND");
    assert_string_equal(words(STATUS_OBJECT_PATH_NOT_FOUND), "PATH NOT FOUND");
    assert_string_equal(words(STATUS_OBJECT_NAME_COLLISION), "NAME COLLISION");
    assert_string_equal(words(STATUS_OBJECT_NAME_INVALID), "NAME INVALID");
    assert_string_equal(words(STATUS_ACCESS_DENIED), "ACCESS DENIED");
    assert_string_equal(words(STATUS_SHARING_VIOLATION), "SHARING VIOLATION");
    assert_string_equal(words(STATUS_FILE_IS_A_DIRECTORY), "IS DIRECTORY");
    assert_string_equal(words(STATUS_NOT_A_DIRECTORY), "NOT A DIRECTORY");
    assert_string_equal(words(STATUS_DELETE_PENDING), "DELETE PENDING");
    assert_string_equal(words(STATUS_NAME_TOO_LONG), "NAME TOO LONG");
    assert_string_equal(words(STATUS_STOPPED_ON_SYMLINK), "STOPPED ON SYMLINK");
    assert_string_equal(words(STATUS_TOO_MANY_OPENED_FILES), "TOO MANY OPENED FILES");
    assert_string_equal(words(STATUS_MEDIA_WRITE_PROTECTED), "MEDIA WRITE PROTECTED");
    assert_string_equal(words(STATUS_INVALID_IMAGE_FORMAT), "INVALID IMAGE FORMAT");
    assert_string_equal(words(STATUS_DISK_FULL), "DISK FULL");
    assert_string_equal(words(0xC0123456), "0xC0123456");
    assert_string_equal(words(0xFFFFFFFF), "0xFFFFFFFF");
    assert_string_equal(status_name(STATUS_DISK_FULL), "STATUS_DISK_FULL");
    assert_null(status_name(0xC0123456));
    assert_true(status_success(STATUS_SUCCESS));
    assert_true(status_success(0x40000000));
    assert_false(status_success(STATUS_STOPPED_ON_SYMLINK)); /* a warning: nothing was opened */
    assert_false(status_success(STATUS_ACCESS_DENIED));
}

static void accesses(void **state)
{
    (void)state;
    assert_string_equal(access_words(FILE_GENERIC_READ), "Generic Read");
    assert_string_equal(access_words(GENERIC_READ), "Generic Read");
    assert_string_equal(access_words(FILE_GENERIC_READ | FILE_GENERIC_WRITE), "Generic Read/Write");
    assert_string_equal(access_words(GENERIC_WRITE | FILE_READ_ATTRIBUTES),
                        "Generic Write, Read Attributes");
    assert_string_equal(access_words(FILE_ALL_ACCESS), "All Access");
    assert_string_equal(access_words(GENERIC_ALL), "All Access");
    assert_string_equal(access_words(FILE_GENERIC_WRITE & ~FILE_WRITE_DATA),
                        "Append Data/Add Subdirectory/Create Pipe Instance, Write EA, "
                        "Write Attributes, Read Control, Synchronize");
    assert_string_equal(access_words(FILE_EXECUTE | SYNCHRONIZE), "Execute/Traverse, Synchronize");
    assert_string_equal(access_words(FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE),
                        "Generic Read/Write, Delete");
    assert_string_equal(access_words(MAXIMUM_ALLOWED | ACCESS_SYSTEM_SECURITY),
                        "Access System Security, Maximum Allowed");
    assert_string_equal(access_words(0x04000200), "0x4000200");

    assert_true(access_reads(FILE_GENERIC_READ));
    assert_true(access_reads(GENERIC_READ) && access_reads(GENERIC_ALL));
    assert_false(access_reads(FILE_READ_ATTRIBUTES | FILE_READ_EA | READ_CONTROL | SYNCHRONIZE));
    assert_true(access_writes(FILE_APPEND_DATA) && access_writes(FILE_WRITE_DATA));
    assert_true(access_writes(GENERIC_WRITE) && access_writes(GENERIC_ALL));
    assert_false(access_writes(FILE_WRITE_ATTRIBUTES | DELETE | WRITE_DAC));
    assert_true(access_executes(FILE_EXECUTE) && access_executes(GENERIC_EXECUTE));
    assert_false(access_executes(FILE_GENERIC_READ | FILE_GENERIC_WRITE));
}

static void options(void **state)
{
    static const struct {
        uint32_t value;
        const char *name;
    } all[] = {
        {FILE_DIRECTORY_FILE, "Directory"},
        {FILE_WRITE_THROUGH, "Write Through"},
        {FILE_SEQUENTIAL_ONLY, "Sequential Access"},
        {FILE_NO_INTERMEDIATE_BUFFERING, "No Buffering"},
        {FILE_SYNCHRONOUS_IO_ALERT, "Synchronous IO Alert"},
        {FILE_SYNCHRONOUS_IO_NONALERT, "Synchronous IO Non-Alert"},
        {FILE_NON_DIRECTORY_FILE, "Non-Directory File"},
        {FILE_CREATE_TREE_CONNECTION, "Create Tree Connection"},
        {FILE_COMPLETE_IF_OPLOCKED, "Complete If Oplocked"},
        {FILE_NO_EA_KNOWLEDGE, "No EA Knowledge"},
        {FILE_RANDOM_ACCESS, "Random Access"},
        {FILE_DELETE_ON_CLOSE, "Delete On Close"},
        {FILE_OPEN_BY_FILE_ID, "Open By ID"},
        {FILE_OPEN_FOR_BACKUP_INTENT, "Open For Backup"},
        {FILE_NO_COMPRESSION, "No Compression"},
        {FILE_RESERVE_OPFILTER, "Reserve OpFilter"},
        {FILE_OPEN_REPARSE_POINT, "Open Reparse Point"},
        {FILE_OPEN_NO_RECALL, "Open No Recall"},
        {FILE_OPEN_FOR_FREE_SPACE_QUERY, "Open For Free Space Query"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        assert_string_equal(option_words(all[i].value), all[i].name);
    assert_string_equal(option_words(FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE),
                        "Synchronous IO Non-Alert, Non-Directory File");
    assert_string_equal(option_words(0), "");
}

static void dispositions(void **state)
{
    (void)state;
    assert_string_equal(disposition_name(FILE_SUPERSEDE), "Supersede");
    assert_string_equal(disposition_name(FILE_OPEN), "Open");
    assert_string_equal(disposition_name(FILE_CREATE), "Create");
    assert_string_equal(disposition_name(FILE_OPEN_IF), "OpenIf");
    assert_string_equal(disposition_name(FILE_OVERWRITE), "Overwrite");
    assert_string_equal(disposition_name(FILE_OVERWRITE_IF), "OverwriteIf");
    assert_null(disposition_name(6));
    assert_string_equal(open_result_name(FILE_SUPERSEDED), "Superseded");
    assert_string_equal(open_result_name(FILE_OPENED), "Opened");
    assert_string_equal(open_result_name(FILE_CREATED), "Created");
    assert_string_equal(open_result_name(FILE_OVERWRITTEN), "Overwritten");
    assert_string_equal(open_result_name(FILE_EXISTS), "Exists");
    assert_string_equal(open_result_name(FILE_DOES_NOT_EXIST), "Does Not Exist");
    assert_null(open_result_name(UINT64_MAX));
    assert_true(disposition_creates(FILE_CREATE) && disposition_creates(FILE_OVERWRITE_IF));
    assert_false(disposition_creates(FILE_OPEN) || disposition_creates(FILE_OVERWRITE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results),
        cmocka_unit_test(accesses),
        cmocka_unit_test(options),
        cmocka_unit_test(dispositions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
