#!/usr/bin/env python3
"""The controller's rights, and what it did with them.

rights.py used            reads the API server's audit log from standard input and prints each sort of request that the
                          controller made, once: DECISION VERB GROUP RESOURCE NAMESPACE NAME
rights.py compare ROLES   reads such lines and prints of each rule of ROLES each group, resource, verb and name that no
                          request used, each request that was denied, and each rule that has no reason beside it
rights.py need ROLES      reads such lines and prints each rule of ROLES that its role could do without: every request would
                          have been answered as it was; and each rule that has no reason beside it
"""
import json
import sys

import yaml

USER = "system:serviceaccount:freehold-system:freehold"
HOME = "freehold-system"
ROLES = ("freehold-controller", "freehold-secrets")
# Asked for by an admission plugin (OwnerReferencesPermissionEnforcement), which these clusters do not run.
BY_ADMISSION = ("servicedatabases/finalizers", "reportingwarehouses/finalizers")
# Kinds that clusters of tests don't have: Topics.OnStrimziAreReadByAKafkaUserAndItsSecretIsHandedOn of tests/unit asks for them.
OF_STRIMZI = ("kafkausers", "kafkas")
# An Event that repeats is counted by a patch half a minute later, which not every run lives to see: tests/unit/kube_events_test.cc.
LATE = {("events", "patch")}


def sorts_of(event):
    about = event["objectRef"]
    resource = about["resource"] + ("/" + about["subresource"] if "subresource" in about else "")
    # Namespaces and names are many; only those that a role asks for tell something.
    namespace = HOME if about.get("namespace") == HOME else "-"
    name = about.get("name", "-")
    name = name if name.startswith("freehold") else "-"
    decision = event.get("annotations", {}).get("authorization.k8s.io/decision", "none")
    # Server-side apply of what isn't there asks for the right to create it as well.
    if event["verb"] == "patch" and event.get("responseStatus", {}).get("code") == 201:
        yield decision, "create", about.get("apiGroup") or "core", resource, namespace, "-"
    yield decision, event["verb"], about.get("apiGroup") or "core", resource, namespace, name


def used():
    events = (json.loads(line) for line in sys.stdin if f'"{USER}"' in line)
    of_controller = (e for e in events if e["user"]["username"] == USER and "objectRef" in e)
    for request in sorted({request for e in of_controller for request in sorts_of(e)}):
        print(*request)


def rules(roles):
    """For each of the controller's roles its rules, as the sets that a request is looked up in, and where they hold."""
    for role in roles:
        if role["kind"] in ("Role", "ClusterRole") and role["metadata"]["name"] in ROLES:
            yield [
                (role["kind"], [rule["verbs"], [g or "core" for g in rule["apiGroups"]], rule["resources"]], rule.get("resourceNames", []))
                for rule in role["rules"]
            ]


def allows(rule, request):
    kind, sets, names = rule
    decision, *what, namespace, name = request
    return (
        decision == "allow"
        and all(part in words for part, words in zip(what, sets))
        and (kind == "ClusterRole" or namespace == HOME)
        and (not names or name in names)
    )


def unused(rule, requests):
    _, sets, names = rule
    seen = {word for request in requests if allows(rule, request) for word in request}
    late = {verb for resource, verb in LATE if resource in sets[2]}
    return [word for words in [*sets, names] for word in words if word not in seen and word not in BY_ADMISSION and word not in late]


def is_needed(rule, others, requests):
    return any(allows(rule, r) and not any(allows(other, r) for other in others) for r in requests)


def unexplained(text):
    lines = text.splitlines()
    return [n + 1 for n, line in enumerate(lines) if line.startswith("  - apiGroups:") and not lines[n - 1].startswith("  # ")]


def never_used(rule, _, requests):
    return [f"never used: {word} of" for word in unused(rule, requests)]


def not_needed(rule, role, requests):
    others = [other for other in role if other is not rule]
    return [] if is_needed(rule, others, requests) else ["nothing would be denied without"]


def judge(path, faults_of, requests):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    yield from (f"{path}:{n}: no reason stands above the rule" for n in unexplained(text.split("name: freehold-view")[0]))
    for role in rules(yaml.safe_load_all(text)):
        for rule in role:
            if not any(set(rule[1][2]) <= set(elsewhere) for elsewhere in (BY_ADMISSION, OF_STRIMZI)):
                yield from (f"{fault} the {rule[0]}'s rule {rule[1]} {rule[2]}" for fault in faults_of(rule, role, requests))


def main(command, path=""):
    if command == "used":
        used()
        return 0
    requests = {tuple(line.split()) for line in sys.stdin}
    faults = list(judge(path, {"compare": never_used, "need": not_needed}[command], requests))
    if command == "compare":
        faults += [f"denied: {' '.join(r[1:])}" for r in sorted(requests) if r[0] == "forbid"]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
