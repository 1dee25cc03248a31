#!/usr/bin/env python3
"""health.py OBJECT: the health of an object, as Argo CD would tell it by docs/gitops/argocd-cm.yaml: its script is run by a Lua
interpreter, with the object as `obj`. "Healthy" when there is no script for its kind, as Argo CD has it."""
import subprocess
import sys

import yaml


def lua(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(k)}] = {lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(lua(v) for v in value) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "nil"
    return str(value) if isinstance(value, (int, float)) else '"' + "".join(f"\\{b:03d}" for b in str(value).encode()) + '"'


with open("docs/gitops/argocd-cm.yaml", encoding="utf-8") as file:
    scripts = yaml.safe_load(file)["data"]
with open(sys.argv[1], encoding="utf-8") as file:
    obj = yaml.load(file, Loader=yaml.BaseLoader)
for field in ("generation",):
    obj["metadata"][field] = int(obj["metadata"][field])
if "observedGeneration" in obj.get("status", {}):
    obj["status"]["observedGeneration"] = int(obj["status"]["observedGeneration"])
script = scripts.get("resource.customizations.health.freehold.dev_" + obj["kind"])
if script is None:
    print("Healthy")
    sys.exit()
program = f"local obj = {lua(obj)}\nlocal health = (function()\n{script}\nend)()\nassert(type(health.message) == 'string')\nprint(health.status)"
sys.exit(subprocess.run(["lua5.1", "-"], input=program, text=True, check=False).returncode)
