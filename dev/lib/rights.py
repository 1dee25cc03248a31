#!/usr/bin/env python3
"""The controller's rights, and what it did with them.

rights.py used            reads the API server's audit log from standard input and prints each sort of request that the
                          controller made, once: DECISION VERB GROUP RESOURCE NAMESPACE NAME
rights.py compare ROLES   reads such lines and prints each right of ROLES that no request used, each request that was
                          denied, and each rule that has no reason beside it
"""
import json
import sys

import yaml

USER = "system:serviceaccount:freehold-system:freehold"
HOME = "freehold-system"
ROLES = ("freehold-controller", "freehold-secrets")
# Asked for by an admission plugin, not by a request: dev/check-chart shows what these are for.
BY_ADMISSION = ("servicedatabases/finalizers", "reportingwarehouses/finalizers")


def sort_of(event):
    about = event["objectRef"]
    resource = about["resource"] + ("/" + about["subresource"] if "subresource" in about else "")
    # Namespaces and names are many; only those that a role asks for tell something.
    namespace = HOME if about.get("namespace") == HOME else "-"
    name = about.get("name", "-")
    decision = event.get("annotations", {}).get("authorization.k8s.io/decision", "none")
    return decision, event["verb"], about.get("apiGroup") or "core", resource, namespace, name if name.startswith("freehold") else "-"


def used():
    events = (json.loads(line) for line in sys.stdin if f'"{USER}"' in line)
    for request in sorted({sort_of(e) for e in events if e["user"]["username"] == USER and "objectRef" in e}):
        print(*request)


def rights(roles):
    for role in roles:
        if role["kind"] not in ("Role", "ClusterRole") or role["metadata"]["name"] not in ROLES:
            continue
        for rule in role["rules"]:
            for group in rule["apiGroups"]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        for name in rule.get("resourceNames", [None]):
                            yield role["kind"], verb, group or "core", resource, name


def uses(right, request):
    kind, *what, name = right
    decision, *asked, namespace, of = request
    return decision == "allow" and what == asked and (kind == "ClusterRole" or namespace == HOME) and name in (None, of)


def unexplained(text):
    lines = text.splitlines()
    return [n + 1 for n, line in enumerate(lines) if line.startswith("  - apiGroups:") and not lines[n - 1].startswith("  # ")]


def compare(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    requests = {tuple(line.split()) for line in sys.stdin}
    faults = [f"{path}:{n}: no reason stands above the rule" for n in unexplained(text.split("name: freehold-view")[0])]
    faults += [f"denied: {' '.join(r[1:])}" for r in sorted(requests) if r[0] == "forbid"]
    for right in rights(yaml.safe_load_all(text)):
        if right[3] not in BY_ADMISSION and not any(uses(right, request) for request in requests):
            faults.append("never used: " + " ".join(str(part) for part in right if part))
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(used() if sys.argv[1] == "used" else compare(sys.argv[2]))
