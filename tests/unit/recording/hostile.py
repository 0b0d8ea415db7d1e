"""Makes files that a stranger might send: recordings with another schema, with values
that are too much, with journals and logs beside them. In: a good recording. Out: files
by name, each with what opening it has to come to."""
import ctypes
import os
import shutil
import sqlite3
import struct

REFUSED, OPENED, EITHER = "refused", "opened", "either"
PAGE = 4096
ESCAPES = "\x1b]0;pwned\x07\x1b[2J\u202eevil\n\r\x9b31m\x00"
JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")

makers = {}


def maker(outcome):
    def add(function):
        makers[function.__name__] = (function, outcome)
        return function
    return add


class Base:
    """The good recording that all are made from."""

    def __init__(self, path, folder):
        self.path, self.folder = path, folder
        self.db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.schema = dict(self.db.execute(
            "select name, sql from sqlite_schema where type = 'table'"))
        self.application = self.db.execute("pragma application_id").fetchone()[0]
        self.version = self.db.execute("pragma user_version").fetchone()[0]

    def place(self, name):
        return os.path.join(self.folder, f"{name}.weft")

    def copy(self, name):
        """The recording as it is, and a connection to it."""
        shutil.copy(self.path, self.place(name))
        return sqlite3.connect(self.place(name), isolation_level=None)

    def new(self, name, without=(), schema=None):
        """The same rows but for some tables, in tables that may be other ones."""
        if os.path.exists(self.place(name)):
            os.unlink(self.place(name))
        db = sqlite3.connect(self.place(name), isolation_level=None)
        db.execute(f"pragma page_size = {PAGE}")
        db.execute(f"pragma application_id = {self.application}")
        db.execute(f"pragma user_version = {self.version}")
        db.execute("begin")
        for table, sql in self.schema.items():
            db.execute((schema or {}).get(table, sql))
            if table in without:
                continue
            width = len(self.db.execute(f"select * from {table} limit 1").description)
            db.executemany(f"insert into {table} values ({','.join('?' * width)})",
                           self.db.execute(f"select * from {table}"))
        db.execute("commit")
        return db


def swap(db, table, old, new):
    """Changes the words of a table behind SQLite's back."""
    db.execute("pragma writable_schema = on")
    db.execute("update sqlite_schema set sql = replace (sql, ?, ?) where name = ?",
               (old, new, table))
    db.close()


def add_processes(db, rows):
    db.execute("begin")
    db.executemany("insert into processes (id, parent, pid, uid, start_boottime_ns, name,"
                   " command_line) values (?, ?, ?, 0, ?, ?, ?)", rows)
    db.execute("commit")


# --- schemas ------------------------------------------------------------------------


@maker(REFUSED)
def computed_command_lines(base):
    db = base.new("computed_command_lines", ["processes"], {
        "processes": base.schema["processes"].replace(
            "command_line TEXT", "command_line TEXT AS(hex(zeroblob(3))||id)")})
    db.executemany("insert into processes (id, pid, start_boottime_ns, name)"
                   " values (?, ?, ?, 'p')", ((i, 1000 + i, 10**9 * i + 1) for i in range(200)))
    swap(db, "processes", "zeroblob(3)", "zeroblob(30000000)")


@maker(REFUSED)
def computed_counts(base):
    db = base.new("computed_counts", ["chunks"], {
        "chunks": base.schema["chunks"].replace(
            "n_records INTEGER", "n_records INTEGER AS(length(hex(zeroblob(3))))")})
    columns = [row[1] for row in db.execute("pragma table_info (chunks)")]
    db.executemany(f"insert into chunks ({','.join(columns)}) values"
                   f" ({','.join('?' * len(columns))})",
                   ([i] + [0] * (len(columns) - 1) for i in range(5000)))
    swap(db, "chunks", "zeroblob(3)", "zeroblob(33000000)")


@maker(REFUSED)
def collation_with_escapes(base):
    swap(base.copy("collation_with_escapes"), "session", "id INTEGER",
         'id INTEGER COLLATE "\x1b]0;pwned-title\x07\x1b[31mRED\x1b[0m\x1b[2J"')


@maker(REFUSED)
def collation_not_of_utf8(base):
    swap(base.copy("collation_not_of_utf8"), "session", "id INTEGER",
         'id INTEGER COLLATE "QQQQQQQQQQQQ"')
    patch(base.place("collation_not_of_utf8"), b"Q" * 12, b"\xff\xfe<b>\x1b[31m\xc3!")


@maker(REFUSED)
def function_with_escapes(base):
    swap(base.copy("function_with_escapes"), "session", "architecture TEXT",
         'architecture TEXT AS("\x1b]0;pwned\x07\x1b[31mRED"(id))')


@maker(REFUSED)
def broken_schema_with_escapes(base):
    db = base.copy("broken_schema_with_escapes")
    db.execute(f'create table "{"A" * 32}" (x)')
    db.close()
    path = base.place("broken_schema_with_escapes")
    patch(path, b"A" * 32, b"\x1b]0;pwned-title\x07\x1b[31mRED\x1b[0m".ljust(32, b"!"))
    patch(path, b'CREATE TABLE "', b'CREATE TABLX "')


def patch(path, old, new):
    with open(path, "rb") as file:
        data = file.read()
    assert len(old) == len(new) and old in data
    with open(path, "wb") as file:
        file.write(data.replace(old, new))


@maker(REFUSED)
def thousands_of_tables(base):
    db = base.copy("thousands_of_tables")
    db.execute("begin")
    for i in range(5000):
        db.execute(f"create table t{i} ({','.join(f'c{k}' for k in range(60))})")
    db.execute("commit")


# --- values -------------------------------------------------------------------------


@maker(EITHER)
def texts_with_escapes(base):
    db = base.copy("texts_with_escapes")
    db.execute("update session set host = ?, kernel = ?, label = ?, boot_id = ?,"
               " architecture = ?", (ESCAPES,) * 5)
    db.execute("update processes set name = ?, command_line = ?",
               (ESCAPES, '<b>&amp;<span foreground="red">' + ESCAPES))
    db.execute("insert into marks values (1, 'user', null, 0, ?)", ("<markup>" + ESCAPES,))
    db.execute("update processes set name = cast (x'1b5b41fffe80' as text) where id % 2")


@maker(EITHER)
def a_label_of_15_million(base):
    base.copy("a_label_of_15_million").execute("update session set label = ?",
                                               ("\x01" * 15_000_000,))


@maker(EITHER)
def marks_of_2_million(base):
    base.copy("marks_of_2_million").executemany(
        "insert into marks values (?, 'user', null, 0, ?)",
        ((i, "\x01" * 2_000_000) for i in range(20)))


@maker(EITHER)
def command_lines_of_2_million(base):
    base.copy("command_lines_of_2_million").execute("update processes set command_line = ?"
                                                    " where id < 9", ("\x01" * 2_000_000,))


@maker(EITHER)
def times_beyond_all(base):
    db = base.copy("times_beyond_all")
    db.execute("update session set start_ns = 9223372036854775807, end_ns = -1,"
               " realtime_ns = 9223372036854775807, boottime_ns = -9223372036854775808,"
               " cpus = -5, events = -1, lost = -1")
    db.execute("update processes set start_ns = -1, start_boottime_ns = 9223372036854775807,"
               " pid = -1, uid = -9")


@maker(EITHER)
def values_of_other_types(base):
    db = base.copy("values_of_other_types")
    db.execute("update session set start_ns = 'x', end_ns = x'ff', cpus = 1e300,"
               " realtime_ns = '1e999'")
    db.execute("update processes set pid = 'NaN', name = x'00ff', command_line = 12,"
               " start_ns = 1e308")


# --- cost ---------------------------------------------------------------------------


@maker(EITHER)
def many_lives_of_one_pid(base):
    add_processes(base.new("many_lives_of_one_pid", ["processes"]),
                  ((i, i - 1, 7, i * 10**9, f"p{i}", f"c{i}") for i in range(300000)))


@maker(EITHER)
def parents_in_a_circle(base):
    n = 20000
    add_processes(base.new("parents_in_a_circle", ["processes"]),
                  ((i, (i + 1) % n, i + 1, i * 10**9 + 1, f"p{i}", None) for i in range(n)))


@maker(EITHER)
def gaps_by_the_million(base):
    size = 64 << 20
    db = base.copy("gaps_by_the_million")
    db.execute("update chunks set number = ? where number = 0", (size // 64 - 10,))
    db.close()
    os.truncate(base.place("gaps_by_the_million"), size)


def checksum(before, data):
    def stir(value, word):
        value = (value ^ word) * 0xff51afd7ed558ccd & (1 << 64) - 1
        return value ^ value >> 32
    value = stir(before, len(data))
    for i in range(0, len(data), 8):
        value = stir(value, int.from_bytes(data[i:i + 8].ljust(8, b"\0"), "little"))
    return value


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def compress(data):
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_compress.restype = ctypes.c_size_t
    zstd.ZSTD_compress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p,
                                   ctypes.c_size_t, ctypes.c_int]
    out = ctypes.create_string_buffer(len(data) // 10 + 1000)
    return out.raw[:zstd.ZSTD_compress(out, len(out), data, len(data), 3)]


def replace_chunks(db, records):
    """Gives every chunk these bytes, with the sum that vouches for them."""
    columns = [row[1] for row in db.execute("pragma table_info (chunks)")]
    value = checksum(checksum(0, b""), records) if "entries" in columns else checksum(0, records)
    db.execute("update chunks set records = ?, checksum = ?",
               (records, value - (1 << 64) if value >> 63 else value))
    if "entries" in columns:
        db.execute("update chunks set entries = x''")


def chunk_of_zeros(n_records, n_units, length):
    column = b"\0" * length
    frame = compress(column)
    records = varint(1) + varint(n_records) + varint(n_units) + varint(1000)
    records += varint(1) + varint(0) + varint(n_records)
    shapes = b"\0" * n_records
    packed = compress(shapes) if n_records > 24 else b""
    records += varint(n_records) + varint(len(packed)) + (packed or shapes)
    return records + (varint(len(column)) + varint(len(frame)) + frame) * 40


@maker(EITHER)
def columns_of_zeros(base):
    """Every column unpacks to as much as a chunk of the largest size could need."""
    units = 1 << 20
    replace_chunks(base.copy("columns_of_zeros"), chunk_of_zeros(1, units, (units + 1) * 48))


@maker(EITHER)
def columns_of_zeros_for_many_records(base):
    units = 1 << 20
    replace_chunks(base.copy("columns_of_zeros_for_many_records"),
                   chunk_of_zeros(units, units, units * 10))


@maker(EITHER)
def records_of_zeros(base):
    """As many as a chunk may have, from next to nothing."""
    units = 1 << 20
    replace_chunks(base.copy("records_of_zeros"), chunk_of_zeros(units, units, units))


def read_varint(data, at):
    value = 0
    for i in range(8):
        value = value << 7 | data[at + i] & 0x7f
        if data[at + i] < 0x80:
            return value, at + i + 1
    return value << 8 | data[at + 8], at + 9


def write_varint(value):
    out = [value & 0x7f]
    value >>= 7
    while value:
        out.insert(0, value & 0x7f | 0x80)
        value >>= 7
    return bytes(out)


def leaf_page(cells):
    page, end, pointers = bytearray(PAGE), PAGE, []
    for cell in cells:
        end -= len(cell)
        page[end:end + len(cell)] = cell
        pointers.append(end)
    page[0] = 13
    struct.pack_into(">HHHB", page, 1, 0, len(pointers), end, 0)
    for i, pointer in enumerate(pointers):
        struct.pack_into(">H", page, 8 + 2 * i, pointer)
    return page


def interior_page(children):
    page, end, pointers = bytearray(PAGE), PAGE, []
    for number, last in children[:-1]:
        cell = struct.pack(">I", number) + write_varint(last)
        end -= len(cell)
        page[end:end + len(cell)] = cell
        pointers.append(end)
    page[0] = 5
    struct.pack_into(">HHHBI", page, 1, 0, len(pointers), end, 0, children[-1][0])
    for i, pointer in enumerate(pointers):
        struct.pack_into(">H", page, 12 + 2 * i, pointer)
    return page


def rebuild(path, root, pages):
    """Puts a page in the place of @root and others at the end of the file."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    data[(root - 1) * PAGE:root * PAGE] = pages[0]
    for page in pages[1:]:
        data += page
    struct.pack_into(">I", data, 28, len(data) // PAGE)
    with open(path, "wb") as file:
        file.write(data)


def root_of(db, table):
    return db.execute("select rootpage from sqlite_schema where name = ?", (table,)).fetchone()[0]


def share_one_value(base, name, length):
    """One chain of overflow pages that the command lines of 40 processes point to."""
    db = base.new(name, ["processes"])
    add_processes(db, [(0, None, 1, 1, "p", "z" * length)])
    root = root_of(db, "processes")
    db.close()
    with open(base.place(name), "rb") as file:
        data = file.read()
    page = data[(root - 1) * PAGE:root * PAGE]
    raw = page[struct.unpack(">H", page[8:10])[0]:]
    payload, key_at = read_varint(raw, 0)
    _, body = read_varint(raw, key_at)
    least = (PAGE - 12) * 32 // 255 - 23
    local = least + (payload - least) % (PAGE - 4)
    if local > PAGE - 35:
        local = least
    first = len(data) // PAGE + 1
    leaves = [leaf_page([raw[:key_at] + write_varint(i) + raw[body:body + local + 4]])
              for i in range(40)]
    rebuild(base.place(name), root,
            [interior_page([(first + i, i) for i in range(40)])] + leaves)


@maker(EITHER)
def one_value_shared_by_forty(base):
    share_one_value(base, "one_value_shared_by_forty", 50_000_000)


@maker(EITHER)
def one_lesser_value_shared_by_forty(base):
    share_one_value(base, "one_lesser_value_shared_by_forty", 120_000)


def share_pages(base, table):
    """A tree whose inner pages name the same two pages again and again: some hundred
    million rows in a file of a few pages."""
    name = f"pages_of_{table}_shared"
    db = base.copy(name)
    root = root_of(db, table)
    db.close()
    with open(base.place(name), "rb") as file:
        data = file.read()
    first = len(data) // PAGE + 1
    old = data[(root - 1) * PAGE:root * PAGE]
    middle = interior_page([(first, i) for i in range(500)])
    top = interior_page([(first + 1, i) for i in range(500)])
    rebuild(base.place(name), root, [top, old, middle])


@maker(EITHER)
def pages_of_processes_shared(base):
    share_pages(base, "processes")


@maker(EITHER)
def pages_of_marks_shared(base):
    share_pages(base, "marks")


@maker(EITHER)
def pages_of_chunks_shared(base):
    share_pages(base, "chunks")


# --- files beside it ----------------------------------------------------------------


def journal_that_deletes(base, name, victim):
    """SQLite's rollback deletes the file that a journal calls its super-journal."""
    shutil.copy(base.path, base.place(name))
    with open(base.place(name), "r+b") as file:
        data = file.read(20)
        file.seek(18)
        file.write(b"\x01\x01")
    page = struct.unpack(">H", data[16:18])[0]
    pages = os.path.getsize(base.path) // page
    journal = (JOURNAL_MAGIC + struct.pack(">IIIII", 0, 0x12345678, pages, 512, page)).ljust(512, b"\0")
    path = victim.encode()
    total = sum(struct.unpack(f"{len(path)}b", path)) & 0xffffffff
    journal += struct.pack(">I", 0x40000000 // page + 1) + path
    journal += struct.pack(">II", len(path), total) + JOURNAL_MAGIC
    with open(base.place(name) + "-journal", "wb") as file:
        file.write(journal)


@maker(OPENED)
def a_pipe_for_a_log(base):
    shutil.copy(base.path, base.place("a_pipe_for_a_log"))
    for ending in ("-wal", "-journal", "-shm"):
        if not os.path.exists(base.place("a_pipe_for_a_log") + ending):
            os.mkfifo(base.place("a_pipe_for_a_log") + ending)


@maker(OPENED)
def a_link_for_a_log(base):
    shutil.copy(base.path, base.place("a_link_for_a_log"))
    if not os.path.lexists(base.place("a_link_for_a_log") + "-wal"):
        os.symlink("/dev/zero", base.place("a_link_for_a_log") + "-wal")


@maker(REFUSED)
def a_log_of_3_gigabytes(base):
    base.copy("a_log_of_3_gigabytes").close()
    with open(base.place("a_log_of_3_gigabytes"), "r+b") as file:
        file.seek(18)
        file.write(b"\2\2")  # it has a log, it says
    with open(base.place("a_log_of_3_gigabytes") + "-wal", "wb") as file:
        file.truncate(3 << 30)


def name_with_escapes(base):
    """A good recording and one that is none, called what a terminal would obey."""
    good = os.path.join(base.folder, "\x1b]0;pwned\x07\x1b[31mRED.weft")
    bad = os.path.join(base.folder, "\x1b[31mBAD\n\xe2\x80\xae.weft")
    shutil.copy(base.path, good)
    with open(bad, "w") as file:
        file.write("Dear Anna,")
    return good, bad
