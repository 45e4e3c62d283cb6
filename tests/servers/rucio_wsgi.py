# SPDX-License-Identifier: BSD-3-Clause
"""Rucio's application, with the subject of a client certificate handed over as Apache's mod_ssl would."""
from rucio.web.rest.main import application as rucio

SHORT = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU", "countryName": "C", "domainComponent": "DC"}


def application(environ, start_response):
    connection = environ.get("gunicorn.socket")
    certificate = connection.getpeercert() if hasattr(connection, "getpeercert") else None
    if certificate:
        parts = [f"{SHORT.get(key, key)}={value}" for rdn in certificate["subject"] for key, value in rdn]
        environ["SSL_CLIENT_VERIFY"] = "SUCCESS"
        environ["SSL_CLIENT_S_DN"] = ",".join(reversed(parts))
    return rucio(environ, start_response)
