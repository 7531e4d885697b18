"""LibreOffice as the judge: it writes .doc, .xls and .ppt, we change author and title, it opens them and sees the change.

Usage: office_documents.py PATH_OF_dcom [PATH_OF_author-and-title]. A judge that is missing fails the test.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

OURS = sys.argv[1]
EXAMPLE = sys.argv[2] if len(sys.argv) > 2 else None


def expect(condition, what):
    if not condition:
        sys.exit("judge disagrees: " + what)


def ours(*args):
    return subprocess.run([OURS, *args], check=True, capture_output=True).stdout


def convert(folder, source, target, out):
    command = ["soffice", "-env:UserInstallation=file://" + os.path.join(folder, "profile"), "--headless", "--convert-to", target,
               "--outdir", out, source]
    done = subprocess.run(command, capture_output=True, timeout=240)
    path = os.path.join(out, os.path.splitext(os.path.basename(source))[0] + "." + target.split(":")[0])
    expect(done.returncode == 0 and os.path.exists(path), "LibreOffice does not convert %s: %s" % (source, done.stderr.decode()))
    return path


def streams(path, folder):
    """All streams of a file as bytes, by their path."""
    out = tempfile.mkdtemp(dir=folder)
    ours("storage", path, "extract", "--to", out)
    found = {}
    for root, _, files in os.walk(out):
        for name in files:
            with open(os.path.join(root, name), "rb") as file:
                found[os.path.relpath(os.path.join(root, name), out)] = file.read()
    return found


FLAT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.%s">
<office:meta><dc:title>Known title</dc:title><meta:initial-creator>Known author</meta:initial-creator>
<meta:user-defined meta:name="Reviewer">Known reviewer</meta:user-defined></office:meta>
<office:body>%s</office:body></office:document>
"""
# What the content is converted to, before and after the change. A presentation has no text form of its own: its flat XML, without the parts that
# carry properties, names of layers and times.
TEXT = {"doc": "txt", "xls": "csv", "ppt": None}
KINDS = {
    "doc": ("text", "fodt", "<office:text><text:p>Known content</text:p></office:text>"),
    "xls": ("spreadsheet", "fods", "<office:spreadsheet><table:table table:name='S'><table:table-row><table:table-cell "
            "office:value-type='string'><text:p>Known content</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"),
    "ppt": ("presentation", "fodp", "<office:presentation><draw:page draw:name='p'/></office:presentation>"),
}


def content(folder, path, kind, moment):
    out = os.path.join(folder, "%s_%s" % (kind, moment))
    os.makedirs(out)
    if TEXT[kind]:
        with open(convert(folder, path, TEXT[kind], out), "rb") as file:
            return file.read()
    with open(convert(folder, path, KINDS[kind][1], out), encoding="utf-8") as file:
        return re.sub(r".*(<office:body>.*</office:body>).*", r"\1", file.read(), flags=re.S)


def judge(folder, kind):
    mime, flat, body = KINDS[kind]
    source = os.path.join(folder, "%s_document.%s" % (kind, flat))
    with open(source, "w", encoding="utf-8") as file:
        file.write(FLAT % (mime, body))
    path = convert(folder, source, kind, folder)
    expect(b"sound" in ours("storage", path, "check"), "we refuse LibreOffice's " + kind)
    for name, text in (("Title", "Known title"), ("Author", "Known author"), ("Reviewer", "Known reviewer")):
        expect(ours("prop", path, "get", name).decode().strip() == text, "%s of the %s" % (name, kind))
    before, text = streams(path, folder), content(folder, path, kind, "before")
    expect(kind == "ppt" or b"Known content" in text, "the content of the " + kind)
    ours("prop", path, "set", "Title", "Changed title")
    ours("prop", path, "set", "Author", "Changed \u0416uthor")
    after = streams(path, folder)
    differing = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    expect(differing == {"\\x05SummaryInformation"}, "more than the summary differs: %s" % differing)
    expect(content(folder, path, kind, "after") == text, "the content of the %s is another one" % kind)
    if EXAMPLE:  # the article's Figure 13
        said = subprocess.run([EXAMPLE, path], check=True, capture_output=True).stdout.decode()
        expect(said == "author: Changed \u0416uthor\ntitle:  Changed title\n", "the example prints %r of the %s" % (said, kind))
    out = os.path.join(folder, kind + "_again")
    os.makedirs(out)
    again = open(convert(folder, path, flat, out), encoding="utf-8").read()
    expect("Changed title" in again and "Changed \u0416uthor" in again, "LibreOffice does not see the change in the " + kind)
    expect("Known reviewer" in again, "LibreOffice lost the user-defined property of the " + kind)


def main():
    expect(shutil.which("soffice"), "soffice (LibreOffice) is not installed")
    with tempfile.TemporaryDirectory(prefix="odc_judge_") as folder:
        for kind in KINDS:
            judge(folder, kind)
    print("LibreOffice agrees")


main()
