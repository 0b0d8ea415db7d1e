#!/usr/bin/python3
"""test_sources.py SOURCE_ROOT BUILD_ROOT: where files lie, what they include, how long
they and their functions are, how they are laid out, what the helper links."""
import re
import shutil
import subprocess
import sys
from pathlib import Path

from points import Skip, run

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
TOP_LEVEL = {"app", "bpf", "data", "po", "tests", "meson.build", "meson_options.txt", "README.md",
             "LICENSE"}
# Which folders of app/ a folder may include from, besides itself and bpf/record.h.
MAY_INCLUDE = {
    "trace": set(),
    "source": {"trace", "recording"},  # a recording is one of its rows; it knows no source
    "recording": {"trace"},
    "draw": {"trace"},
    "export": {"trace", "draw"},
    "cli": {"trace", "source", "recording", "export"},
    "ui": {"trace", "source", "recording", "export", "draw"},
}
# Libraries by the folders that may use them; everything else is free.
LIBRARY_FOLDERS = {
    r"gtk/|gdk/|adwaita": {"ui"},
    r"cairo|pango": {"draw", "export", "ui"},
    r"sqlite3": {"recording"},
    r"zstd": {"recording"},
    r"bpf/|linux/bpf": set(),
}
MOST_FILE_LINES, MOST_FUNCTION_LINES = 600, 60


def sources(*patterns):
    for pattern in patterns:
        yield from sorted(path for path in ROOT.glob(pattern)
                          if "build" not in path.relative_to(ROOT).parts[0])


def folder_of(path):
    """The folder of app/ that a file belongs to, however deep it lies."""
    return path.relative_to(ROOT).parts[1]


def includes(path):
    return re.findall(r'^#\s*include\s+[<"]([^>"]+)[>"]', path.read_text(), re.M)


def test_the_top_level_is_the_map():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True)
    if listed.returncode != 0:
        raise Skip("this is no git checkout")
    for name in sorted({line.split("/")[0] for line in listed.stdout.splitlines()} - TOP_LEVEL):
        if not name.startswith("."):
            yield f"{name} is not on the map of the top level"
    for name in sorted(TOP_LEVEL):
        if not (ROOT / name).exists():
            yield f"{name} is missing"


def test_includes_of_app_point_one_way():
    owner = {path.name: folder_of(path) for path in sources("app/**/*.h")}
    for path in sources("app/**/*.c", "app/**/*.h"):
        folder = folder_of(path)
        if folder not in MAY_INCLUDE:
            continue
        for include in includes(path):
            target, _, name = include.rpartition("/")
            target = target.split("/")[0] or owner.get(name)
            if target not in MAY_INCLUDE and (ROOT / "app/ui" / include).exists():
                target = "ui"
            if target in MAY_INCLUDE and target != folder and target not in MAY_INCLUDE[folder]:
                yield f"{path.relative_to(ROOT)} includes {include}: {folder} must not know {target}"


def test_libraries_stay_in_their_folders():
    for path in sources("app/**/*.c", "app/**/*.h"):
        for include in includes(path):
            for library, folders in LIBRARY_FOLDERS.items():
                if re.match(library, include) and folder_of(path) not in folders:
                    yield f"{path.relative_to(ROOT)} includes {include}"


def test_the_session_of_a_window_knows_no_widgets():
    widgets = {path.name for path in sources("app/ui/**/*.h")}
    widgets -= {path.name for path in sources("app/ui/session/*.h")} | {"store-moment.h"}
    for path in sources("app/ui/session/*.[ch]"):
        for include in includes(path):
            if include.split("/")[-1] in widgets or re.match("gtk/|gdk/|adwaita", include):
                yield f"{path.relative_to(ROOT)} includes {include}"


def test_what_is_told_is_fit_to_show():
    """Names of files and SQLite's messages may hold anything: a stranger chose them."""
    for path in sources("app/**/*.c"):
        if path.name == "printable.c":
            continue
        for word in re.findall(r"g_filename_display_\w+|sqlite3_errmsg|sqlite3_errstr",
                               path.read_text()):
            yield f"{path.relative_to(ROOT)} has {word}: see trace/printable.h and database.c"


def test_no_call_over_the_bus_is_synchronous():
    """One that is given up as it is answered leaves a descriptor behind."""
    for path in sources("app/**/*.c", "bpf/**/*.c"):
        for word in re.findall(r"g_dbus_(?:connection|proxy)_\w*(?:call|reply)\w*_sync",
                               path.read_text()):
            yield f"{path.relative_to(ROOT)} has {word}: see source/bus-call.h"


def test_the_helper_includes_nothing_of_app():
    of_app = {path.name for path in sources("app/**/*.h")}
    for path in sources("bpf/**/*.[ch]"):
        for include in includes(path):
            if include.split("/")[-1] in of_app or re.match("gtk|gdk|adwaita|cairo", include):
                yield f"{path.relative_to(ROOT)} includes {include}"


def test_app_includes_only_the_record_of_bpf():
    of_bpf = {path.name for path in sources("bpf/**/*.h")} - {"record.h"}
    of_app = {path.name for path in sources("app/**/*.h")}
    for path in sources("app/**/*.[ch]"):
        for include in includes(path):
            if include in of_bpf - of_app:
                yield f"{path.relative_to(ROOT)} includes {include}"


def test_the_helper_links_neither_toolkit_nor_database():
    program = BUILD / "bpf/weftscope-tracer"
    tool = shutil.which("readelf")
    if tool is None:
        raise Skip("readelf is missing")
    needed = subprocess.run([tool, "-d", program], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"NEEDED.*\[(.*)\]", needed):
        if re.match(r"lib(gtk|gdk|adwaita|cairo|pango|sqlite|zstd|seccomp)", library):
            yield f"weftscope-tracer links {library}"


def test_files_are_short():
    for path in sources("app/**/*.[ch]", "bpf/**/*.[ch]", "tests/**/*.[ch]", "tests/**/*.py"):
        lines = len(path.read_text().splitlines())
        if lines > MOST_FILE_LINES:
            yield f"{path.relative_to(ROOT)} has {lines} lines; at most {MOST_FILE_LINES}"


def test_functions_are_short():
    for path in sources("app/**/*.c", "bpf/**/*.c", "tests/**/*.c"):
        begin = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line == "{":
                begin = number
            elif line == "}" and begin is not None:
                if number - begin - 1 > MOST_FUNCTION_LINES:
                    yield f"{path.relative_to(ROOT)}:{begin}: {number - begin - 1} lines"
                begin = None


def test_every_file_says_what_flows_in_and_out():
    for path in sources("app/**/*.[ch]", "bpf/**/*.[ch]"):
        if not re.match(r"(// SPDX[^\n]*\n|/\* SPDX[^\n]*\*/\n)?/\*", path.read_text()):
            yield f"{path.relative_to(ROOT)} begins without a comment"


def test_headers_are_included_once_and_sources_begin_with_their_own():
    for path in sources("app/**/*.h", "bpf/**/*.h"):
        if not re.search(r"^#pragma once|^#ifndef _*WEFT_\w+$", path.read_text(), re.M):
            yield f"{path.relative_to(ROOT)} can be included twice"
    for path in sources("app/**/*.c", "bpf/**/*.c"):
        header = path.with_suffix(".h")
        own = includes(path)
        if header.exists() and own and not re.fullmatch(
                re.escape(path.stem) + r"(-private)?\.h", own[0].split("/")[-1]):
            yield f"{path.relative_to(ROOT)} includes {own[0]} before {header.name}"


def test_the_code_is_laid_out_by_clang_format():
    if shutil.which("clang-format") is None:
        raise Skip("clang-format is missing")
    files = sources("app/**/*.[ch]", "bpf/**/*.[ch]", "tests/**/*.[ch]")
    told = subprocess.run(["clang-format", "--dry-run", *files], cwd=ROOT, capture_output=True,
                          text=True)
    for name in sorted(set(re.findall(r"^(\S+?):\d+:", told.stderr, re.M))):
        yield f"clang-format -i {Path(name).relative_to(ROOT)}"


def test_nothing_is_left_for_later():
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in sources("app/**/*.[ch]", "app/**/*.ui", "bpf/**/*.[ch]", "data/*", "tests/**/*.[ch]"):
        if path.suffix in (".png", ".svg") or not path.is_file():
            continue
        if mark.search(path.read_text(errors="replace")):
            yield f"{path.relative_to(ROOT)}: {mark.search(path.read_text()).group(0)}"


run([function for name, function in list(globals().items()) if name.startswith("test_")])
