"""Validates CycloneDX BOMs in JSON with cyclonedx-python-lib.

Reads one JSON object a line: version is that of the specification, bom the
document as text. Answers with one JSON value a line: null for a valid BOM, or
what is wrong with it.
"""

import json
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

validators = {v.to_version(): JsonStrictValidator(v) for v in SchemaVersion if v >= SchemaVersion.V1_5}

for line in sys.stdin:
    case = json.loads(line)
    error = validators[case["version"]].validate_str(case["bom"])
    print(json.dumps(None if error is None else repr(error)))
