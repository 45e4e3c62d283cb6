#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random environments and credentials files: libpps must find the endpoint, region and keys that lsst.resources and boto3 find.

Where boto3 fails since a profile has no section, libpps goes on to the environment and the default section; anything else that boto3
refuses must be refused too, and no message may hold a secret. Usage: s3_profile_agree.py build/tests/interop/s3-profile-show [--count N] [--seed N]
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest.mock
import urllib.parse

import botocore.exceptions
import lsst.resources.s3utils as s3utils

NAMES = ["embargo", "Embargo", "default", "two words", "a-b.c"]
SECRETS = ["plain", "with/slash", "a+b=c", "100%", "%2F", "a%2Fb%zz", "\u00e9t\u00e9", "semi;colon", "hash#", "sp ace", "'q\"", "[x]", "a:b@c"]
HOSTS = ["host", "Host.Example.ORG", "127.0.0.1:7480", "host:443", "[::1]:9000", "h/s3/v1", "h/", "h:80/a//"]


def endpoint(rnd):
    scheme = rnd.choice(["http://", "https://", "https://", "HTTPS://", ""] if rnd.random() < 0.2 else ["http://", "https://"])
    host = rnd.choice(HOSTS)
    kind = rnd.random()
    if kind < 0.4:
        return scheme + host
    key, secret = rnd.choice(["AKIA1", "k/1", "\u00fc"]), rnd.choice(SECRETS)
    quote = rnd.choice([lambda t: urllib.parse.quote(t, safe=""), lambda t: urllib.parse.quote(t, safe="+=;'[]% "), lambda t: t.replace("/", "%2F")])
    if kind < 0.5:
        key = key.replace("/", "%2F")  # as it is, boto3 takes "k" for the host
        return f"{scheme}{rnd.choice([key, key + ':' + secret + ':x', ':' + secret, '@' + key])}@{host}"
    return f"{scheme}{quote(key)}:{quote(secret)}@{host}"


def section(rnd, name, lines):
    lines.append(rnd.choice(["[{}]", "[{}]", "  [{}]", "[{}] # c"]).format(name))
    # "=" and ":" both end a key's name; what is indented belongs to the line before it
    sign = lambda: rnd.choice(["=", " = ", "= ", ":", " : "])
    values = dict(aws_access_key_id=rnd.choice(["AKIA2", "AKIA3"]), aws_secret_access_key=rnd.choice(SECRETS).replace("\u00e9", "e"),
                  aws_session_token=rnd.choice(["T1", "T2=="]), region=rnd.choice(["eu-west-3", "default", "us-west-2"]),
                  endpoint_url=rnd.choice(["https://from-file:1", "http://from-file"]), ca_bundle="/ca.pem", output="json")
    odds = dict(aws_access_key_id=0.8, aws_secret_access_key=0.9, aws_session_token=0.3, region=0.5, endpoint_url=0.2)
    for key, value in values.items():
        if rnd.random() < odds.get(key, 0.1):
            lines.append(rnd.choice([key, key.upper()]) + sign() + value + rnd.choice(["", "", "  "]))
        if rnd.random() < 0.1:
            lines.append(rnd.choice(["", "# comment = 1", "; comment", "s3 =\n  addressing_style = path", "other = 1\n\n  2\n# c\n   3"]))
    if rnd.random() < 0.03:
        lines.append(rnd.choice(["no sign", "= value", "region = x\nregion = y", f"[{name}]", "[]"]))


def ini(rnd, is_config):
    lines = rnd.choice([[], [], ["# first"], [""], ["key = before any section"] if rnd.random() < 0.1 else []])
    for name in rnd.sample(NAMES, rnd.randint(0, 4)):
        quoted = f'"{name}"' if " " in name or rnd.random() < 0.2 else name
        section(rnd, name if not is_config or name == "default" else rnd.choice(["profile ", "profile ", "profile  "]) + quoted, lines)
    if rnd.random() < 0.15:
        section(rnd, "DEFAULT", lines)
    return rnd.choice(["\n", "\n", "\r\n"]).join(lines) + rnd.choice(["\n", ""])


def environment(rnd, folder, name):
    env = dict(HOME=folder, AWS_EC2_METADATA_DISABLED="true")

    def put(odds, key, value):
        if rnd.random() < odds:
            # boto3 takes these two when they are empty, and then fails
            env[key] = value if rnd.random() < 0.95 or key in ("AWS_CA_BUNDLE", "AWS_DEFAULT_REGION") else ""
    if name:
        put(0.6, f"LSST_RESOURCES_S3_PROFILE_{name}", endpoint(rnd))
    put(0.4, "S3_ENDPOINT_URL", endpoint(rnd))
    put(0.1, "AWS_ENDPOINT_URL_S3", "https://from-env:2")
    put(0.1, "AWS_ENDPOINT_URL", "https://from-env")
    put(0.5, "AWS_ACCESS_KEY_ID", "AKIAENV")
    put(0.5, "AWS_SECRET_ACCESS_KEY", rnd.choice(SECRETS[:-7]))
    put(0.2, "AWS_SESSION_TOKEN", "TENV")
    put(0.1, "AWS_SECURITY_TOKEN", "TENV2")
    put(0.3, "AWS_DEFAULT_REGION", "eu-north-1")
    put(0.1, "AWS_CA_BUNDLE", f"{folder}/ca.pem")
    put(0.2, "AWS_PROFILE", rnd.choice(NAMES))
    put(0.05, "AWS_DEFAULT_PROFILE", rnd.choice(NAMES))
    for key, is_config, at in (("AWS_SHARED_CREDENTIALS_FILE", False, "credentials"), ("AWS_CONFIG_FILE", True, "config")):
        where = rnd.random()
        path = f"{folder}/.aws/{at}" if where < 0.3 else f"{folder}/{at}.ini"
        if os.path.exists(path):
            os.unlink(path)
        if where >= 0.3:
            env[key] = rnd.choice([path, f"~/{at}.ini"])
        if where < 0.8:
            with open(path, "w", newline="", encoding="utf-8") as f:
                f.write(ini(rnd, is_config))
    return env


def theirs(env, name):
    """What boto3 ends with, or the exception."""
    with unittest.mock.patch.dict(os.environ, env, clear=True):
        s3utils._get_s3_client.cache_clear()
        try:
            client = s3utils.getS3Client(name)
            credentials = client._request_signer._credentials
            if credentials is None:
                return botocore.exceptions.NoCredentialsError()
            frozen = credentials.get_frozen_credentials()
            if not frozen.access_key or not frozen.secret_key:
                return botocore.exceptions.NoCredentialsError()
            return dict(endpoint=client.meta.endpoint_url, region=client.meta.region_name, key=frozen.access_key, secret=frozen.secret_key,
                        token=frozen.token or None, ca=client._endpoint.http_session._verify)
        except (ValueError, botocore.exceptions.BotoCoreError) as e:
            return e


def same(a, ours):
    def plain(url):
        # boto3 says AWS's own address where there is none
        return None if url is None or urllib.parse.urlsplit(url).netloc.endswith(".amazonaws.com") else url.rstrip("/")
    return (plain(a["endpoint"]) == plain(ours["endpoint"]) and all(a[k] == ours[k] for k in ("key", "secret", "token"))
            and (a["region"] or "us-east-1").replace("aws-global", "us-east-1") == ours["region"]
            and (a["ca"] if isinstance(a["ca"], str) else None) == ours["ca"])


def main():
    ap = argparse.ArgumentParser(description="Compares what is found in the environment with lsst.resources.")
    ap.add_argument("tool")
    ap.add_argument("--count", type=int, default=300)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    rnd = random.Random(a.seed)
    passed = failed = found = 0
    with tempfile.TemporaryDirectory(prefix="pps-profile.") as folder:
        os.mkdir(f"{folder}/.aws")
        open(f"{folder}/ca.pem", "w").close()
        for n in range(a.count):
            name = rnd.choice([None, *NAMES])
            env = environment(rnd, folder, name)
            expected = theirs(env, name)
            run = subprocess.run([a.tool, *([name] if name else [])], env=env, capture_output=True, text=True, check=True)
            ours = json.loads(run.stdout)
            if isinstance(expected, dict):
                ok, found = same(expected, ours) if "error" not in ours else False, found + 1
            else:
                ok = "error" in ours or isinstance(expected, botocore.exceptions.ProfileNotFound)
            leaked = "error" in ours and any(s in ours["error"] for v in env.values() if "@" in v for s in v.split("//")[-1].split("@")[0].split(":")
                                             if len(s) > 3 and s not in ("host",))
            if ok and not leaked:
                passed += 1
                continue
            failed += 1
            if failed <= 5:
                print(f"case {n}, profile {name}: {env}\n  boto3: {expected!r}\n  libpps: {ours}")
                for key in ("credentials", "config"):
                    for path in (f"{folder}/.aws/{key}", f"{folder}/{key}.ini"):
                        if os.path.exists(path):
                            print(f"  {path}: {open(path, newline='').read()!r}")
    print(f"{found} with credentials")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
