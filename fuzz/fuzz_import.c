/* Whatever bytes come: reading an export never reads or writes where it must not, and a line that is accepted is its own canonical form.
 * The first byte chooses: a whole file, or a single line. */
#include "domain/command/exchange_private.h"
#include "base/buf.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void a_file(struct str bytes)
{
    struct exchange_report report;
    struct fail fail = {0};
    FILE *file = bytes.n ? fmemopen((void *)(uintptr_t)bytes.p, bytes.n, "r") : fopen("/dev/null", "r");
    if (!file)
        return;
    struct lines_in *in = lines_in_new(file);
    struct chain *chain = chain_new();
    enum err e = import_read(in, chain, NULL, NULL, &report, &fail);
    if (e ? fail.n == 0 : fail.n != 0)
        abort(); /* each refusal has its sentence */
    chain_free(&chain);
    lines_in_free(&in);
}

static void a_line(struct str bytes)
{
    struct buf text _buf_ = BUF_MAX(LINE_BYTES_MAX), again _buf_ = BUF_MAX(LINE_BYTES_MAX);
    struct line l;
    if (line_parse(bytes, &text, &l))
        return;
    switch (l.kind) {
    case LINE_HEADER: line_write_header(&again, l.units, l.events, &l.hash); break;
    case LINE_DATASET: (void)line_write_dataset(&again, l.name, l.packed, &l.hash); break;
    case LINE_EVENT: (void)line_write_event(&again, &l.event); break;
    case LINE_END: line_write_end(&again, l.lines, &l.hash); break;
    case LINE_KEYS_HEADER: line_write_keys_header(&again, &l.hash); break;
    case LINE_KEY: line_write_key(&again, l.event.home_unit, &l.event.stream, &l.key); break;
    }
    if (!str_eq(bytes, buf_view(&again)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    crypto_start();
    if (size == 0)
        return 0;
    struct str rest = str_bytes(data + 1, size - 1);
    data[0] & 1 ? a_file(rest) : a_line(rest);
    return 0;
}
