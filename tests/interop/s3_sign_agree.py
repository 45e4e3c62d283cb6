#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random requests to S3, addressed and signed by libpps and by botocore: URLs and signatures must be the same.

Most go the whole way through boto3's client, which is stopped just before it would send them; the rest are signed by botocore's
signer alone, with any parameters and headers. Usage: s3_sign_agree.py build/tests/interop/s3-sign-batch [--count N] [--seed N]
"""
import argparse
import datetime
import hashlib
import json
import random
import subprocess
import sys
import threading
import urllib.parse

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.handlers

PIECES = ["a", "Z", "0", "LSSTCam", "20251231", "MC_O_20251231_000010", "R22_S11", ".fits", "_dimensions.yaml", " ", "  ", "+", "=", "%", "%20",
          "%2F", "~", "-", ".", "..", "/", "//", "/../", "/./", "&", "?", "#", ";", ":", "@", "!", "$", "'", "(", ")", "*", ",", "[", "]", "{", "}",
          "|", "\\", "^", "`", '"', "<", ">", "\u00e9", "\u03b1", "\u6f22", "\U0001f52d", "e\u0301", "\t", "\x01", "\x7f"]
BUCKETS = ["rubin-summit", "embargo", "bkt", "a.b-c", "rubin-summit-users", "x" * 63]
TENANTS = ["lsst:raw", "rubin:summit-users"]
ENDPOINTS = ["http://127.0.0.1:7480", "https://s3dfrgw.example.org", "https://gateway.example.org:8443/s3/v1", "http://host:80", "https://host:443",
             "https://[::1]:9000"]
REGIONS = ["us-east-1", "default", "eu-west-3", "us-west-2"]
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEJr//////////wEaD/+=token"
RESPONSES = ["ResponseContentType", "ResponseContentDisposition", "ResponseCacheControl"]


class Captured(Exception):
    """Raised instead of sending, with the request."""

    def __init__(self, request):
        super().__init__(request.url)
        self.request = request


class Clock:
    """The time that botocore signs at."""

    def __init__(self):
        self.now = 0
        botocore.auth.get_current_datetime = self.get

    def get(self, remove_tzinfo=True):
        t = datetime.datetime.fromtimestamp(self.now, datetime.timezone.utc)
        return t.replace(tzinfo=None) if remove_tzinfo else t


def capture(request, **_):
    raise Captured(request)


def make_clients():
    out = []
    for endpoint, region in [*((e, random.choice(REGIONS)) for e in ENDPOINTS), (None, "us-east-1"), (None, "eu-west-3"), (None, "cn-north-1")]:
        for token in (None, TOKEN):
            client = boto3.Session().client(
                "s3", endpoint_url=endpoint, region_name=region, aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key=SECRET,
                aws_session_token=token, config=botocore.config.Config(
                    signature_version="s3v4", retries={"max_attempts": 0},
                    # with "auto", presigned URLs of AWS itself name no region, and the server would redirect
                    s3=None if endpoint else {"addressing_style": "virtual"}))
            client.meta.events.unregister("before-parameter-build.s3", botocore.handlers.validate_bucket_name)
            client.meta.events.register("before-send.s3", capture)
            out.append((client, endpoint, region, token))
    return out


def key(rnd):
    while True:
        k = "".join(rnd.choice(PIECES) for _ in range(rnd.randint(1, 12)))
        if k and len(k.encode()) < 1000:
            return k


def text(rnd, most=4):
    """Something for a parameter."""
    return "".join(rnd.choice(PIECES) for _ in range(rnd.randint(1, most)))


def header(rnd):
    return " ".join(rnd.choice(["abc", "x=y", "a,b", "t;q=1", '"e"', "a/b", "1+2", "%41", "~"]) for _ in range(rnd.randint(1, 4)))


def maybe(rnd, **values):
    return {k: v() for k, v in values.items() if rnd.random() < 0.4}


def operation(rnd, bucket):
    """(name for the client, its parameters)"""
    b, k = {"Bucket": bucket}, {"Bucket": bucket, "Key": key(rnd)}
    upload = {"UploadId": text(rnd)}
    extra = {"ContentType": lambda: "image/fits", "Metadata": lambda: {"obs-id": "MC_O_1", "n": header(rnd)}}
    return rnd.choice([
        lambda: ("get_object", {**k, **maybe(rnd, Range=lambda: f"bytes={rnd.randint(0, 99)}-", VersionId=lambda: text(rnd), IfMatch=lambda: '"etag"',
                                             **{r: lambda: header(rnd) for r in RESPONSES})}),
        lambda: ("head_object", {**k, **maybe(rnd, PartNumber=lambda: 1)}),
        lambda: ("put_object", {**k, "Body": text(rnd).encode(), **maybe(rnd, IfNoneMatch=lambda: "*", **extra)}),
        lambda: ("delete_object", {**k, **maybe(rnd, VersionId=lambda: text(rnd))}),
        lambda: ("list_objects_v2", {**b, **maybe(rnd, Prefix=lambda: key(rnd), Delimiter=lambda: "/", ContinuationToken=lambda: text(rnd, 9),
                                                  StartAfter=lambda: key(rnd), MaxKeys=lambda: rnd.randint(1, 1000), EncodingType=lambda: "url")}),
        lambda: ("create_multipart_upload", {**k, **maybe(rnd, **extra)}),
        lambda: ("upload_part", {**k, **upload, "PartNumber": rnd.randint(1, 10000), "Body": b"part"}),
        lambda: ("upload_part_copy", {**k, **upload, "PartNumber": 1, "CopySource": {"Bucket": "from", "Key": key(rnd)}}),
        lambda: ("complete_multipart_upload", {**k, **upload, "MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": '"e"'}]}}),
        lambda: ("abort_multipart_upload", {**k, **upload}),
        lambda: ("list_parts", {**k, **upload}),
        lambda: ("list_multipart_uploads", {**b, **maybe(rnd, Prefix=lambda: key(rnd))}),
        lambda: ("copy_object", {**k, "CopySource": {"Bucket": "from", "Key": key(rnd)}, **maybe(rnd, MetadataDirective=lambda: "REPLACE")}),
        lambda: ("delete_objects", {**b, "Delete": {"Objects": [{"Key": key(rnd)}]}}),
        lambda: ("get_object_tagging", k),
        lambda: ("get_bucket_versioning", b),
        lambda: ("get_bucket_notification_configuration", b),
        lambda: ("get_bucket_location", b),
    ])()


OURS = {"host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}


def pairs_of(url):
    """Parameters as they are sent; a bare name has an empty value."""
    query = urllib.parse.urlsplit(url).query
    return sorted(tuple((p if "=" in p else p + "=").split("=", 1)) for p in query.split("&") if p)


def unquoted(pairs):
    return [[urllib.parse.unquote(n), urllib.parse.unquote(v)] for n, v in pairs]


def without_query(url):
    return url.split("?", 1)[0]


def client_case(rnd, clients, clock):
    """A request of boto3's client: (what libpps is asked, what botocore says)."""
    client, endpoint, region, token = rnd.choice(clients)
    bucket = rnd.choice(BUCKETS + (TENANTS if endpoint else []))
    name, parameters = operation(rnd, bucket)
    if name == "get_bucket_location" and not endpoint:
        return None  # the one operation that boto3 addresses in another way
    ask = dict(endpoint=endpoint, region=region, bucket=bucket, access="AKIDEXAMPLE", secret=SECRET, token=token, now=clock.now,
               key=parameters.get("Key"))
    if rnd.random() < 0.7 and name in ("get_object", "put_object", "head_object", "delete_object", "list_objects_v2", "upload_part"):
        parameters.pop("Body", None)
        ask["expires"] = rnd.randint(1, 7 * 86400)
        url = client.generate_presigned_url(name, Params=parameters, ExpiresIn=ask["expires"])
        method = dict(get_object="GET", put_object="PUT", head_object="HEAD", delete_object="DELETE", list_objects_v2="GET", upload_part="PUT")[name]
        signed = dict(unquoted(pairs_of(url)))["X-Amz-SignedHeaders"].split(";")
        # what it signs besides the host follows from the parameters
        given = {"range": "Range", "if-match": "IfMatch", "if-none-match": "IfNoneMatch", "content-type": "ContentType"}
        headers = [[h, parameters[given[h]]] for h in signed if h in given]
        headers += [[h, parameters["Metadata"][h[11:]]] for h in signed if h.startswith("x-amz-meta-")]
        if len(headers) + 1 != len(signed):
            return None
        query = [p for p in unquoted(pairs_of(url)) if not p[0].startswith("X-Amz-")]
        return {**ask, "method": method, "headers": headers, "query": query}, dict(presigned=url)
    try:
        getattr(client, name)(**parameters)
    except Captured as c:
        r = c.request
    h = {k.lower(): v.decode() if isinstance(v, bytes) else v for k, v in r.headers.items()}
    signed = h["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    ask.update(method=r.method, payload=h["x-amz-content-sha256"], query=unquoted(pairs_of(r.url)),
               headers=[[n, h[n]] for n in signed if n not in OURS])
    return ask, dict(url=r.url, authorization=h["authorization"])


def signer_case(rnd, clock):
    """A request with any parameters and headers, given to the signer of botocore itself."""
    service = rnd.choice(["s3"] * 9 + ["sns"])
    endpoint, region, token = rnd.choice(ENDPOINTS), rnd.choice(REGIONS), rnd.choice([None, TOKEN])
    bucket, k = (rnd.choice(BUCKETS + TENANTS), key(rnd)) if service == "s3" else (None, None)
    query = [[text(rnd) if rnd.random() < 0.5 else rnd.choice(["acl", "uploads", "tagging", "notification", "delete", "versionId", "a", "A", "a-", "a0"]),
              rnd.choice(["", text(rnd)])] for _ in range(rnd.randint(0, 5))]
    names = rnd.sample(["X-Amz-Meta-A", "x-amz-meta-a-b", "Content-Type", "Range", "x-amz-acl", "Content-MD5", "If-None-Match", "x-amz-copy-source",
                        "User-Agent", "Expect", "Accept", "X-0"], rnd.randint(0, 6))
    headers = [[n, rnd.choice(["", " ", "  "]) + header(rnd).replace(" ", rnd.choice([" ", "  ", " \t"]))] for n in names]
    if headers and rnd.random() < 0.2:
        headers.append([headers[0][0].lower(), "again"])
    body = rnd.choice([b"", b"Action=CreateTopic&Name=x"])
    ask = dict(service=service, endpoint=endpoint, region=region, bucket=bucket, key=k, method=rnd.choice(["GET", "PUT", "POST", "HEAD", "DELETE"]),
               query=query, headers=headers, access="AKIDEXAMPLE", secret=SECRET, token=token, now=clock.now)
    path = "/" + "/".join(urllib.parse.quote(p, safe=s) for p, s in ((bucket, "~"), (k, "/~")) if p is not None)
    encoded = "&".join(f"{urllib.parse.quote(n, safe='~')}={urllib.parse.quote(v, safe='~')}" for n, v in query)
    url = endpoint + path + ("?" + encoded if encoded else "")
    request = botocore.awsrequest.AWSRequest(method=ask["method"], url=url, data=body)
    for n, v in headers:
        request.headers.add_header(n, v)
    credentials = botocore.credentials.Credentials("AKIDEXAMPLE", SECRET, token)
    if service == "s3":
        botocore.auth.S3SigV4Auth(credentials, service, region).add_auth(request)
        ask["payload"] = request.headers["X-Amz-Content-SHA256"]
    else:
        request.headers["X-Amz-Content-SHA256"] = ask["payload"] = hashlib.sha256(body).hexdigest()
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    return ask, dict(url=url, authorization=request.headers["Authorization"])


def same_url(a, b):
    # the port that belongs to the scheme is left out by us: it is the same address, and the same Host
    def plain(url):
        u = urllib.parse.urlsplit(url)
        host = u.netloc.removesuffix({"http": ":80", "https": ":443"}[u.scheme])
        return u.scheme, host, u.path, pairs_of(url)
    return plain(a) == plain(b)


def differs(theirs, ours):
    """What differs, or None."""
    if "error" in ours:
        return f"libpps: {ours['error']}"
    if "presigned" in theirs:
        return None if same_url(theirs["presigned"], ours["presigned"]) else f"presigned:\n  {theirs['presigned']}\n  {ours['presigned']}"
    if not same_url(theirs["url"], ours["url"]):
        return f"URL:\n  {theirs['url']}\n  {ours['url']}"
    authorization = ours["headers"][-1].removeprefix("Authorization: ")
    return None if authorization == theirs["authorization"] else f"signature:\n  {theirs['authorization']}\n  {authorization}"


def main():
    ap = argparse.ArgumentParser(description="Compares addresses and signatures with botocore's.")
    ap.add_argument("tool")
    ap.add_argument("--count", type=int, default=10000)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    rnd, clock = random.Random(a.seed), Clock()
    random.seed(a.seed)
    clients = make_clients()
    cases, kinds = [], dict(client=0, presigned=0, signer=0)
    while len(cases) < a.count:
        clock.now = rnd.randint(1_500_000_000, 2_500_000_000)
        case = signer_case(rnd, clock) if rnd.random() < 0.3 else client_case(rnd, clients, clock)
        if case:
            kinds["presigned" if "expires" in case[0] else "signer" if "service" in case[0] else "client"] += 1
            cases.append(case)
    with subprocess.Popen([a.tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
        def feed():
            for ask, _ in cases:
                p.stdin.write(json.dumps({k: v for k, v in ask.items() if v is not None}) + "\n")
            p.stdin.close()
        threading.Thread(target=feed, daemon=True).start()
        answers = [json.loads(line) for line in p.stdout]
    failed = abs(len(cases) - len(answers))
    for (ask, theirs), ours in zip(cases, answers):
        why = differs(theirs, ours)
        if why:
            failed += 1
            if failed <= 10:
                print(f"{json.dumps(ask)}\n{why}")
    print(", ".join(f"{n} {kind}" for kind, n in kinds.items()))
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
