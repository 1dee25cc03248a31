# Pods and templates of Pods as YAML, which name a Secret in one place; sourced by checks of admission.
# shellcheck shell=bash disable=SC2034

# pod ACCOUNT SPEC: a Pod that runs as ACCOUNT ('' leaves it out).
pod() { printf '{apiVersion: v1, kind: Pod, metadata: {name: probe}, spec: {%s%s}}\n' "${1:+serviceAccountName: $1, }" "$2"; }

# plain SECRET: a Pod spec that takes its environment from SECRET.
plain() { echo "containers: [{name: c, image: i, envFrom: [{secretRef: {name: $1}}]}]"; }

# places SECRET: each place of a Pod spec where a Secret can be named, as lines "PLACE|SPEC".
places() {
  local env="env: [{name: E, valueFrom: {secretKeyRef: {name: $1, key: k}}}]" from="envFrom: [{secretRef: {name: $1}}]"
  local main='containers: [{name: c, image: i}]' ref="secretRef: {name: $1}"
  cat <<LINES
env of a container|containers: [{name: c, image: i, $env}]
envFrom of a container|containers: [{name: c, image: i, $from}]
env of an init container|$main, initContainers: [{name: d, image: i, $env}]
envFrom of an init container|$main, initContainers: [{name: d, image: i, $from}]
env of a sidecar|$main, initContainers: [{name: d, image: i, restartPolicy: Always, $env}]
envFrom of a sidecar|$main, initContainers: [{name: d, image: i, restartPolicy: Always, $from}]
imagePullSecrets|$main, imagePullSecrets: [{name: $1}]
$(volumes "$1" "$ref" | sed "s/^\([^|]*\)|\(.*\)/\1|$main, volumes: [{name: v, \2}]/")
LINES
}

volumes() {
  cat <<LINES
a secret volume|secret: {secretName: $1}
a projected volume|projected: {sources: [{secret: {name: $1}}]}
a csi volume|csi: {driver: d, nodePublishSecretRef: {name: $1}}
an azureFile volume|azureFile: {secretName: $1, shareName: s}
a cephfs volume|cephfs: {monitors: [m], $2}
a cinder volume|cinder: {volumeID: v, $2}
a flexVolume|flexVolume: {driver: d.io\/d, $2}
an iscsi volume|iscsi: {targetPortal: 10.0.0.1, iqn: "iqn.2001-04.com.example:disk", lun: 0, $2}
an rbd volume|rbd: {monitors: [m], image: i, $2}
a scaleIO volume|scaleIO: {gateway: g, system: s, volumeName: v, $2}
a storageos volume|storageos: {volumeName: v, $2}
LINES
}

template_kinds=(Deployment StatefulSet DaemonSet ReplicaSet ReplicationController Job CronJob PodTemplate)

# template KIND ACCOUNT SPEC: an object named `probe` whose Pods run as ACCOUNT.
template() {
  local kind=$1 spec="serviceAccountName: $2, $3" inner version=v1 body
  inner="metadata: {labels: {app: probe}}, spec: {$spec}"
  case $kind in
    Deployment | StatefulSet | DaemonSet | ReplicaSet)
      version=apps/v1 body="spec: {selector: {matchLabels: {app: probe}}, template: {$inner}}" ;;
    ReplicationController) body="spec: {selector: {app: probe}, template: {$inner}}" ;;
    PodTemplate) body="template: {$inner}" ;;
    Job) version=batch/v1 body="spec: {template: {spec: {restartPolicy: Never, $spec}}}" ;;
    CronJob)
      version=batch/v1
      body="spec: {schedule: '0 0 * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, $spec}}}}}" ;;
  esac
  echo "{apiVersion: $version, kind: $kind, metadata: {name: probe}, $body}"
}
