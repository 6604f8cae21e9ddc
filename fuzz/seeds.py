#!/usr/bin/env python3
"""Writes the seeds of the corpus: tiny valid inputs of every kind, one file each. Needs Python alone.

What once went wrong lies beside them and is kept: its names begin with what it did (`panic-`, `slow-`, `memory-`)."""

import base64
import gzip
import json
import struct
import wave
import zlib
from io import BytesIO
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "crates/gatewise-cli/tests/fixtures/v0.1"


def put(target: str, name: str, content: bytes | str) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def tables() -> None:
    for name, text in {
        "wide.csv": "date,a,b\n2020-01-30,1.5,10\n2020-01-31,2.5,20\n2020-02-01,-3.5,30\n2020-02-03,,2\n",
        "long.csv": "unique_id,ds,y\nA,1,5\nA,2,6\nB,1,7\nB,2,9\nB,3,9\n",
        "german.csv": "when;x;y\n31.01.2020 11:00;1,5;a\n31.01.2020 12:00;2,5;b\n31.01.2020 13:00;1.300,5;c\n",
        "parts.csv": "No,year,month,day,hour,v\n1,2010,1,31,22,5\n2,2010,1,31,23,6\n3,2010,2,1,0,7\n",
        "quoted.tsv": '\ufeff"t"\t"note"\tv\r\n2020-01-01T00:00:00+09:00\t"a""b"\t1\r\n2020-01-01T00:15:00Z\tc\t2\r\n',
        "melted.csv": "name,2020-01,2020-02,2020-03\nx,1,2,3\ny,4,5,6\n",
        "months.csv": "Year,Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec\n2019,1,2,3,4,5,6,7,8,9,10,11,12\n2020,1,2,3,4,5,6,7,8,9,10,11,12\n",
        "framed.csv": "# report\nsource: x\n\nweek,sold,,\n2020-W01,1 200,,\n2020-W02,<1,,\n2020-W53,7%,,\nTotal,9,,\n",
        "sessions.csv": "t,p\n2024-03-01 09:30,1\n2024-03-01 15:30,2\n2024-03-04 09:30,3\n2024-03-04 15:30,4\n2024-03-05 09:30,5\n",
        "clock.csv": "t,v\n2021-10-31 01:30,1\n2021-10-31 02:30,2\n2021-10-31 02:30,3\n2021-10-31 03:30,4\n",
        "epoch.csv": "ts,v\n1577836800,1\n1577840400,2\n1577847600,3\n",
        "korean.csv": "날짜,판매\n2020년 1월 5일 오후 3시,1\n2020년 1월 6일 오후 3시,2\n",
        "spans.csv": "hour,v\n01.01.2020 00:00 - 01.01.2020 01:00,3\n01.01.2020 01:00 - 01.01.2020 02:00,4\n",
    }.items():
        put("table", name, text)
    put("table", "utf16.csv", "a,b\n1,2\n3,4\n".encode("utf-16"))
    put("table", "euckr.csv", "날짜,값\n2020-01-01,1\n2020-01-02,2\n".encode("euc-kr"))


def sheets() -> None:
    cells = '<row r="1"><c r="A1" t="inlineStr"><is><t>t</t></is></c><c r="B1" t="str"><v>y</v></c></row>'
    for r, (day, value) in enumerate([(43831, 1.5), (43832, 2), (43833.5, 7)], start=2):
        cells += f'<row r="{r}"><c r="A{r}" s="1"><v>{day}</v></c><c r="B{r}"><v>{value}</v></c></row>'
    put("sheet", "days.xml", f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:B4"/><sheetData>{cells}</sheetData></worksheet>')
    names = "office table text".split()
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names)
    rows = '<table:table-row><table:table-cell office:value-type="string"><text:p>t</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>y</text:p></table:table-cell></table:table-row>'
    for day, value in [("2020-01-01", 1), ("2020-01-02", 2)]:
        rows += f'<table:table-row table:number-rows-repeated="1"><table:table-cell office:value-type="date" office:date-value="{day}"/><table:table-cell office:value-type="float" table:number-columns-repeated="2" office:value="{value}"/></table:table-row>'
    put("sheet", "days.fods", f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="s">{rows}</table:table></office:spreadsheet></office:body></office:document-content>')


def columns() -> None:
    lines = '{"day": "2020-01-01", "a": 1, "b": true}\n{"day": "2020-01-02", "a": 2.5, "c": null}\n{"day": "2020-01-03", "c": "x"}\n'
    put("columns", "lines.jsonl", lines)
    put("columns", "lines.jsonl.gz", gzip.compress(lines.encode(), mtime=0))
    put("columns", "table.csv.gz", gzip.compress(b"day,a\n2020-01-01,1\n2020-01-02,2\n", mtime=0))
    put("columns", "nested.jsonl", '{"a": 1, "b": {"c": [1, {"d": 2}]}}\n')


def dates() -> None:
    for name, lines in {
        "german": ["%d.%m.%y %H:%M", "15min", "31.01.20 11:15", "1.2.2020 24:00", "29.02.2021 00:00"],
        "names": ["%a, %e %b %Y %I:%M %p", "h", "Mon, 6 Jan 2020 12:00 AM", "Tue, 7 January 2020 1:00 pm"],
        "weeks": ["%G-W%V-%u", "W", "2020-W53-7", "2021W01", "2020-365"],
        "quarters": ["%Y-Q%q", "Q", "2020-Q4", "Q1 2021", "2020 H2"],
        "zones": ["%Y-%m-%dT%H:%M:%S.%f%z", "s", "2020-01-01T00:00:00.123456+09:00", "2020-12-31T23:59:60Z", "-0001-01-01"],
        "korean": ["%Y년 %m월 %d일 %Op %I시", "D", "2020년 1월 5일 오후 3시", "2020. 1. 5."],
        "date": ['{"date":{"clock":null,"fraction":0,"hour_padded":true,"month":"number","order":"year_month","padded":true,"separator":"-","year_digits":4,"zone":null}}', "M", "2020-01", "2020-12"],
        "epoch": ['{"epoch":"seconds"}', "3600", "1577836800", "-62135596800", "9223372036854775807"],
        "sessions": ["%Y-%m-%d %H:%M", "30min@09:30-16:00", "2024-03-01 09:30", "2024-03-01 15:30", "2024-03-04 09:30"],
        "excel": ["excel", "B", "43831", "43832.5", "2958465"],
    }.items():
        put("dates", name, "\n".join(lines) + "\n")


def items() -> None:
    images = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2, 2, 3) + bytes(range(12))
    put("items", "images.idx", images)
    put("items", "images.idx.gz", gzip.compress(images, mtime=0))
    put("items", "floats.idx", bytes([0, 0, 13, 2]) + struct.pack(">2I4f", 2, 2, 0.5, 1, -1, 3e38))
    put("items", "two.ts", "@problemName x\n@timeStamps false\n@classLabel true a b\n@data\n1,2,3:4,5,?:a\n2,3,4:5,6,7:b\n")
    put("items", "rows.csv", "label,t0,t1,t2\nup,1,2,3\ndown,3,2,1\nup,2,3,4.5\n")
    put("items", "long.csv", "id,time,x,y,label\n1,1,0.5,1,a\n1,2,0.6,,a\n2,1,0.1,2,b\n2,2,0.2,3,b\n")
    put("items", "sequences.csv", 'label,values\na,"1,2,3"\nb,"4;5;6"\nb,7 8\n')
    put("items", "texts.csv", 'text,label\n"good, very",1\nbad,0\n"so ""so""",1\n')
    put("items", "several.csv", "p,q,label,mass,height\n1,2,x,3,4\n2,3,y,5,6\n")


def rows() -> None:
    put("rows", "log.csv", "time,cpu,state,count\n" + "".join(f"2024-01-01 00:{m:02}:00,{m * 7 % 11}.5,{'RUN' if m % 5 else 'IDLE'},{m * 10}\n" for m in range(30)))
    put("rows", "machines.csv", "ts,machine,x,is_anomaly\n" + "".join(f"{1700000000 + 60 * (k // 2)},{'ab'[k % 2]},{k % 7},{int(k == 9)}\n" for k in range(24)))
    put("rows", "bare.csv", "1;2,5\n2;2,75\n3;nan\n5;1e3\n")


def media() -> None:
    for name, channels, width in [("mono8.wav", 1, 1), ("stereo16.wav", 2, 2), ("mono24.wav", 1, 3)]:
        buffer = BytesIO()
        with wave.open(buffer, "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(width)
            out.setframerate(8000)
            out.writeframes(bytes((k * 37) % 256 for k in range(40 * channels * width)))
        put("sound", name, buffer.getvalue())
    frame = b"FRAME\n" + bytes(range(100, 116)) + bytes([128] * 8)
    put("y4m", "420.y4m", b"YUV4MPEG2 W4 H4 F25:1 Ip A1:1 C420\n" + frame * 2)
    put("y4m", "444p10.y4m", b"YUV4MPEG2 W2 H2 F30000:1001 C444p10 XCOLORRANGE=FULL\nFRAME\n" + bytes(range(24)))
    put("y4m", "mono.y4m", b"YUV4MPEG2 W3 H3 F1:1 Cmono\nFRAME Ip\n" + bytes(range(9)))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def png(depth: int, colour: int, data: bytes, extra: bytes = b"", interlace: int = 0) -> bytes:
        head = chunk(b"IHDR", struct.pack(">2I5B", 4, 2, depth, colour, 0, 0, interlace))
        return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")

    put("picture", "grey.png", png(8, 0, b"".join(bytes([f]) + bytes(range(4)) for f in (0, 4))))
    put("picture", "alpha16.png", png(16, 6, b"".join(bytes([f]) + bytes(range(32)) for f in (1, 2))))
    put("picture", "palette.png", png(2, 3, b"\x00\x1b\x03\xe4", chunk(b"PLTE", bytes(range(12))) + chunk(b"tRNS", b"\x00\x80")))
    put("picture", "grey.jpg", base64.b64decode(JPEG))
    put("gif", "clip.gif", base64.b64decode(GIF))

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + kind + content

    head = box(b"ftyp", b"isom\0\0\2\0isomavc1")
    put("mp4", "bare.mp4", head + box(b"moov", box(b"mvhd", bytes(12) + struct.pack(">2I", 1000, 40) + bytes(80))) + box(b"mdat", bytes(8)))


JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/wAALCAAIAAgBAREA"
    "/8QAFAABAAAAAAAAAAAAAAAAAAAAAv/EAB0QAAIBBAMAAAAAAAAAAAAAAAECAwQRQVEjMXH/2gAIAQEAAD8AKRK6mmpSFgUcst7BhkA62c+d/wD/2Q=="
)
GIF = (
    "R0lGODlhBgAEAIMAAAAAABAQECAgIDAwMEBAQFBQUGBgYHBwcICAgJCQkKCgoLCwsMDAwNDQ0ODg4PDw8CH5BAgKAAAALAAAAAAGAAQAAAgZAAEEEDCAQAEDBxAkULCAQQMHDwQS"
    "NIgwIAAh+QQICgAAACwAAAAABgAEAIMAAAAQEBAgICAwMDBAQEBQUFBgYGBwcHCAgICQkJCgoKCwsLDAwMDQ0NDg4ODw8PAIGQAHEChg4ACCBAoWMGjg4AGAAAIEEjSIMCAAIfkE"
    "CAoAAAAsAAAAAAYABACDAAAAEBAQICAgMDAwQEBAUFBQYGBgcHBwgICAkJCQoKCgsLCwwMDA0NDQ4ODg8PDwCBkADRxAkEDBAgYNHDwAEEDAAAIFBBI0iDAgADs="
)


def texts() -> None:
    put("text", "lines.txt", "I go to school. 나는 학교에 간다.\nSecond line, shorter\r\n\n\tend")
    put("text", "marked.txt", "\ufeffe\u0301 é ﬁ 👩‍👩‍👧\u200f")


def networks() -> None:
    """Model files as `assemble` in crates/gatewise-fuzz reads them, of those that earlier versions wrote."""
    settings = {}
    for path in [*FIXTURES.glob("*.safetensors"), FIXTURES / "regress-run/last.safetensors"]:
        content = path.read_bytes()
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        metadata = header.pop("__metadata__")["gatewise"]
        tensors = "".join(f"{name} {'x'.join(map(str, about['shape']))}\n" for name, about in header.items())
        put("network", path.stem, f"{metadata}\n{tensors}")
        parsed = json.loads(metadata)
        settings |= {f"{path.stem}-model": parsed["model"], f"{path.stem}-train": parsed.get("train", {}).get("config")}
        settings |= {f"{path.stem}-{key}": (parsed["task"] or {}).get(key) for key in ["forecast", "classify", "detect"]}
    for name, value in settings.items():
        if value:
            put("config", f"{name}.json", json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    tiny = {"cell": "rnn", "input": 1, "hidden": 1, "layers": 1, "outputs": 1, "bidirectional": False, "layer_norm": False, "dropout": 0.0, "readout": "last", "init": settings["forecast-model"]["init"]}
    shapes = {"head.bias": [1], "head.weight": [1, 1], "recurrent.bias_hh_l0": [1], "recurrent.bias_ih_l0": [1], "recurrent.weight_hh_l0": [1, 1], "recurrent.weight_ih_l0": [1, 1]}
    header = {name: {"dtype": "F32", "shape": shape, "data_offsets": [4 * k, 4 * k + 4]} for k, (name, shape) in enumerate(shapes.items())}
    header["__metadata__"] = {"gatewise": json.dumps({"format": 1, "kind": "model", "model": tiny, "task": None}, separators=(",", ":"))}
    packed = json.dumps(header, separators=(",", ":")).encode()
    put("model", "tiny.safetensors", struct.pack("<Q", len(packed)) + packed + struct.pack("<6f", *range(6)))
    put("config", "fleet.json", json.dumps({"counters": [0], "detect": settings["detect-detect"], "max_series": 10, "states": 1}))
    for name, text in {
        "train.toml": 'epochs = 3\nbatch = 4\nlr = 0.01\nclip_norm = 1.0\npatience = 0\n[optimizer]\nname = "adamw"\n[schedule]\nname = "cosine"\nwarmup = 2\n',
        "sampling.json": '{"temperature":0.8,"top_k":5,"top_p":0.9,"repetition_penalty":1.1,"memory":64}',
        "features.json": '{"kind":"mfcc","rate":8000,"window_ms":25.0,"hop_ms":10.0,"mels":20,"coefficients":12,"low_hz":0.0,"deltas":2}',
        "video.json": '{"width":16,"height":9,"fps":8.0,"max_frames":64,"grey":true,"differences":true,"upright":true}',
        "loss.json": '{"name":"cross_entropy","classes":3,"weights":[1.0,2.0,0.5],"label_smoothing":0.1}',
        "encoder.json": '{"cell":"gru","input":64,"hidden":4,"layers":1,"outputs":2,"encoder":{"channels":1,"height":8,"width":8,"filters":[4,8],"pool":"mean","outputs":4}}',
        "branch.json": '{"cell":"lstm","input":2,"hidden":4,"layers":1,"outputs":2,"readout":"mean","branch":{"blocks":[{"filters":8,"taps":5}]}}',
        "read.json": '{"target":["y"],"time":"t:%d.%m.%y","freq":"15min","impute":"linear","duplicates":"mean","delimiter":59}',
    }.items():
        put("config", name, text)


def message(*fields: tuple[int, int | bytes | str]) -> bytes:
    """A message of protobuf: numbers as varints, texts and messages with their length in front."""

    def varint(n: int) -> bytes:
        n &= (1 << 64) - 1
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])

    out = b""
    for tag, value in fields:
        if isinstance(value, int):
            out += varint(tag << 3) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            out += varint(tag << 3 | 2) + varint(len(content)) + content
    return out


def graphs() -> None:
    layer = "const W 1 {d}x{g}x2\nconst R 1 {d}x{g}x3\nconst B 1 {d}x{b}\nin x 1 ?x2x2\n"
    lstm, gru, rnn = (layer.format(d=2, g=3 * gates, b=6 * gates) for gates in (4, 3, 1))
    for name, lines in {
        "lstm": f"17\n{lstm}node LSTM x,W,R,B y,h,c hidden_size=3 direction=bidirectional\nnode Transpose y t perm=0,2,1,3\n"
        "const s 7 3 0,0,-1\nnode Reshape t,s r\nconst L 1 6x1\nnode MatMul r,L z\nnode Softmax z p axis=1\nout p 1\nout c 1\n",
        "peepholes": f"14\n{lstm}const n 6 2 1,2\nconst h 1 2x2x3\nconst P 1 2x9\nnode LSTM x,W,R,B,n,h,h,P y,_,c hidden_size=3 direction=bidirectional "
        "activations=Sigmoid,Tanh,Relu,HardSigmoid,Affine,Elu activation_alpha=0.5,0.25, clip=0.75 input_forget=1\nout y 1\nout c 1\n",
        "gru": f"22\n{gru}in n 6 2\nnode GRU x,W,R,B,n y,h hidden_size=3 direction=bidirectional linear_before_reset=1 layout=1\nout y 1\nout h 1\n",
        "rnn": f"9\n{rnn}node RNN x,W,R,B y,h hidden_size=3 direction=bidirectional activations=Relu,Tanh\nout h 1\n",
        "given": "14\nin x 1 ?x1x2\nin W 1 1x12x2\nin R 1 1x12x3\nnode LSTM x,W,R y hidden_size=3 direction=reverse\nout y 1\n",
        "linear": "13\nin x 1 2x3\nin w 1 3x2\nconst b 1 2 1,2\nnode Gemm x,w,b y alpha=0.5 beta=2.0 transA=0\nconst w2 1 2x2\nnode Gemm y,w2,b z transB=1\nout z 1\n",
        "products": "13\nin a 1 2x1x2x3\nin b 1 2x3x2\nnode MatMul a,b y\nnode MatMul y,b2 z\nconst b2 1 2x4\nout y 1\n",
        "shapes": "13\nin x 1 ?x?x4\nnode Shape x s\nconst i 7 1 0\nnode Gather s,i n\nconst one 7 1 1\nnode Concat n,one,i t axis=0\nconst s2 7 2 0,-1\n"
        "node Reshape x,s2 r\nconst a 7 1 1\nnode Unsqueeze r,a u\nnode Squeeze u,a v\nnode ConstantOfShape n z\nnode Expand z,s e\nnode Flatten x f axis=2\n"
        "out v 1\nout e 1\nout f 1\nout t 7\n",
        "parts": "13\nin x 1 4x6\nconst s 7 2 1,-1\nconst e 7 2 9,-9\nconst a 7 2 0,1\nconst st 7 2 2,-1\nnode Slice x,s,e,a,st y\nconst l 7 2 1,3\n"
        "node Split x,l p,q axis=0\nconst k 7 1 2\nnode TopK q,k v,i axis=1 largest=0\nconst pads 7 4 1,0,0,2\nnode Pad v,pads w\nconst g 7 3x1 1,0,2\n"
        "node GatherElements q,g ge axis=1\nnode GatherND q,g gn\nout y 1\nout w 1\nout i 7\nout ge 1\nout gn 1\n",
        "measures": "18\nin x 1 2x3x4\nconst a 7 2 0,-1\nnode ReduceMean x,a m keepdims=0\nnode ReduceMax x,a n\nnode ReduceSum x s\nnode ArgMax x i axis=1\n"
        "const g 1 4\nnode LayerNormalization x,g,g l,mean,inv axis=-1 epsilon=0.001\nnode LogSoftmax l p axis=0\nout m 1\nout n 1\nout s 1\nout i 7\nout p 1\n",
        "numbers": "13\nin x 1 2x3\nin n 7 2x1\nin d 11 3\nnode Sigmoid x a\nnode Mul a,x b\nnode Div b,x c\nnode Pow c,two e\nconst two 1 _ 2\nnode Less x,c t\n"
        "node Where t,x,c y\nnode Mod n,three o\nconst three 7 1 3\nnode Range z0,z9,z2 r\nconst z0 7 _ 0\nconst z9 7 _ 9\nconst z2 7 _ 2\nnode Cast d f to=1\n"
        "node Erf d g\nnode Clip x,two,two h\nnode Max x,c,a m\nout y 1\nout o 7\nout r 7\nout f 1\nout g 11\nout m 1\n",
        "conv": "11\nin x 1 2x4x9\nconst w 1 6x2x3\nconst b 1 6\nnode Conv x,w,b y group=2 pads=1,2 strides=2, dilations=2, kernel_shape=3,\n"
        "node Conv x,w,b z group=2 auto_pad=SAME_UPPER\nout y 1\nout z 1\n",
        "double": "17\nin x 11 ?x2x2\nconst W 11 1x9x2\nconst R 11 1x9x3\nnode GRU x,W,R y,h hidden_size=3\nnode Neg h n\nout y 11\nout n 11\n",
        "places": "11\nin x 1 2x3\nconst i 7 2x1 -1,0\nconst u 1 2x1\nnode ScatterElements x,i,u y axis=1\nnode NonZero y n\nout y 1\nout n 7\n",
        "left-out": "13\nin x 1 2\nin w 1 2\nconst w 1 2\nnode Add x,w y\nnode Dropout y z ratio=0.5\nout z 1\n",
    }.items():
        put("graph", name, lines)

    def value(name: str, kind: int) -> bytes:
        return message((1, name), (2, message((1, message((1, kind), (2, message((1, message((1, 2))), (1, message((2, "n"))))))))))

    def tensor(name: str, *axes: int) -> bytes:
        count = 1
        for axis in axes:
            count *= axis
        numbers = struct.pack(f"<{count}f", *(k % 5 * 0.1 - 0.2 for k in range(count)))
        return message(*((1, axis) for axis in axes), (2, 1), (8, name), (9, numbers))

    whole = [(7, message((1, message((1, "x"), (1, "w"), (2, "y"), (4, "MatMul"))), (2, "g"), (5, tensor("w", 2, 3)), (11, value("x", 1)), (12, value("y", 1))))]
    put("onnx", "matmul.onnx", message((1, 8), (2, "seeds"), *whole, (8, message((2, 13)))))
    hidden = message((1, "hidden_size"), (3, 2), (20, 2))
    node = message((1, "x"), (1, "W"), (1, "R"), (2, "y"), (4, "LSTM"), (5, hidden))
    steps = message((1, "x"), (2, message((1, message((1, 1), (2, message(*((1, message((1, axis))) for axis in (3, 2, 1)))))))))
    y = message((1, "y"), (2, message((1, message((1, 1))))))
    layer = message((1, node), (2, "g"), (5, tensor("W", 1, 8, 1)), (5, tensor("R", 1, 8, 2)), (11, steps), (12, y))
    put("onnx", "lstm.onnx", message((1, 8), (7, layer), (8, message((2, 14)))))


if __name__ == "__main__":
    for make in [tables, sheets, columns, dates, items, rows, media, texts, networks, graphs]:
        make()
