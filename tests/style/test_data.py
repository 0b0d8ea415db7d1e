#!/usr/bin/python3
"""test_data.py SOURCE_ROOT BUILD_ROOT: what is installed beside the programs, by the
validators of those who read it; messages; scripts; templates."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from points import Skip, run

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
DATA = ROOT / "data"
APP_ID = "io.github.weftscope.Weftscope"
# systemd-analyze's exposure level in tenths: the whole sandbox must hold.
MOST_EXPOSURE = 20


def need(tool):
    if shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
        raise Skip(f"{tool} is missing")
    return tool


def complaints_of(*command, **more):
    told = subprocess.run(command, capture_output=True, text=True, **more)
    text = (told.stdout + told.stderr).strip()
    return text.splitlines() or [f"{command[0]} says no"] if told.returncode != 0 else []


def test_the_desktop_entry_is_valid_and_has_no_hints():
    tool = need("desktop-file-validate")
    told = subprocess.run([tool, BUILD / f"data/{APP_ID}.desktop"], capture_output=True, text=True)
    return (told.stdout + told.stderr).splitlines()


def test_the_metainfo_is_valid():
    return complaints_of(need("appstreamcli"), "validate", "--no-net", "--pedantic",
                         BUILD / f"data/{APP_ID}.metainfo.xml")


def test_the_schema_is_valid():
    return complaints_of(need("glib-compile-schemas"), "--strict", "--dry-run", DATA)


def test_the_polkit_policy_is_valid():
    dtd = Path("/usr/share/polkit-1/policyconfig-1.dtd")
    if not dtd.exists():
        raise Skip(f"{dtd} is missing")
    return complaints_of(need("xmllint"), "--nonet", "--noout", "--dtdvalid", dtd,
                         BUILD / "data/io.github.weftscope.policy")


def test_xml_is_well_formed():
    need("xmllint")
    files = [path for pattern in ("data/**/*.xml", "data/**/*.svg", "app/ui/**/*.ui", "app/ui/*.xml",
                                  "data/*.xml.in", "data/*.conf.in")
             for path in ROOT.glob(pattern)]
    return complaints_of("xmllint", "--nonet", "--noout", *files)


def installed_unit(folder):
    """The unit with a program that exists, under its own name."""
    text = (BUILD / "data/weftscope-tracer.service").read_text()
    text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.M)
    text = re.sub(r"^User=.*$", "User=nobody", text, flags=re.M)
    unit = Path(folder) / "weftscope-tracer.service"
    unit.write_text(text)
    return unit


def test_the_unit_is_valid():
    need("systemd-analyze")
    with tempfile.TemporaryDirectory() as folder:
        return complaints_of("systemd-analyze", "verify", "--man=no", installed_unit(folder))


def test_the_unit_is_in_a_sandbox():
    need("systemd-analyze")
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(["systemd-analyze", "security", "--offline=true",
                               f"--threshold={MOST_EXPOSURE}", installed_unit(folder)],
                              capture_output=True, text=True)
    level = [line for line in told.stdout.splitlines() if "Overall exposure" in line]
    print(f"# {' '.join(level).strip()}")
    return (told.stdout + told.stderr).splitlines() if told.returncode != 0 else []


def test_everything_is_installed_in_its_place():
    with tempfile.TemporaryDirectory() as folder:
        yield from complaints_of("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                                 env={**os.environ, "DESTDIR": folder})
        names = {path.name for path in Path(folder).rglob("*") if path.is_file()}
    for name in ("weftscope", "weftscope-tracer", "weftscope-demo", f"{APP_ID}.desktop",
                 f"{APP_ID}.metainfo.xml", f"{APP_ID}.mime.xml", f"{APP_ID}.gschema.xml",
                 f"{APP_ID}.svg", f"{APP_ID}-symbolic.svg", "io.github.weftscope.Tracer1.service",
                 "io.github.weftscope.Tracer1.conf", "io.github.weftscope.policy",
                 "weftscope-tracer.service", "weftscope.1"):
        if name not in names:
            yield f"{name} is not installed"


def test_the_manual_page_is_clean():
    page = DATA / "weftscope.1"
    return complaints_of(need("mandoc"), "-T", "lint", "-W", "warning", page)


def test_scripts_are_valid():
    for path in [*ROOT.glob("tests/*"), *ROOT.glob("tests/*/run"), ROOT / "app/run",
                 ROOT / ".ci/run", *DATA.glob("*.bash")]:
        if path.is_file() and re.match(rb"#!.*\bsh\b|#!.*\bbash\b|# bash", path.read_bytes()):
            yield from complaints_of("bash", "-n", path)


def sources_with_messages():
    call = re.compile(r"(?<![A-Za-z0-9_])(_|N_|C_|ngettext) ?\(")
    for folder in ("app", "bpf"):
        for path in (ROOT / folder).rglob("*"):
            if (path.suffix == ".c" and call.search(path.read_text())) or (
                    path.suffix == ".ui" and 'translatable="yes"' in path.read_text()):
                yield str(path.relative_to(ROOT))


def test_the_list_of_files_with_messages_is_complete():
    listed = {line for line in (ROOT / "po/POTFILES").read_text().splitlines()
              if line and not line.startswith("#")}
    for name in sorted(set(sources_with_messages()) - listed):
        yield f"{name} is not in po/POTFILES"
    for name in sorted(listed):
        if not (ROOT / name).exists():
            yield f"po/POTFILES names {name}, which is gone"


def messages_of(text):
    """The messages of a template, without places and dates."""
    text = re.sub(r'"\n"', "", text)
    return set(re.findall(r'^msgid "(.+)"$', text, re.M))


def test_the_template_has_all_messages():
    need("xgettext")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.pot"
        yield from complaints_of(
            "xgettext", "--from-code=UTF-8", "--add-comments", "--keyword=_", "--keyword=N_",
            "--keyword=C_:1c,2", "--keyword=NC_:1c,2", "--keyword=g_dngettext:2,3", "-f", "po/POTFILES", "-o", made,
            cwd=ROOT)
        new, old = messages_of(made.read_text()), messages_of(
            (ROOT / "po/weftscope.pot").read_text())
    for message in sorted(new ^ old)[:10]:
        yield f"ninja weftscope-pot: “{message}”"


def test_translations_are_valid():
    need("msgfmt")
    for language in (ROOT / "po/LINGUAS").read_text().split():
        yield from complaints_of("msgfmt", "--check", "-o", "/dev/null",
                                 ROOT / f"po/{language}.po")


run([function for name, function in list(globals().items()) if name.startswith("test_")])
