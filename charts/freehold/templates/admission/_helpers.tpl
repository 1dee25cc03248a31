{{/* The controller, as the API server calls it. */}}
{{- define "freehold.admission.controller" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "freehold.serviceAccount" . }}
{{- end }}

{{/* Head of a policy or binding: (list $ "kind" "name"). */}}
{{- define "freehold.admission.head" -}}
{{- $root := index . 0 -}}
apiVersion: admissionregistration.k8s.io/v1
kind: {{ index . 1 }}
metadata:
  name: {{ include "freehold.fullname" $root }}-{{ index . 2 }}
  labels: {{- include "freehold.labels" $root | nindent 4 }}
{{- end }}

{{/* Those who clear away what has no owner or namespace any more. */}}
{{- define "freehold.admission.collectors" -}}
["system:kube-controller-manager", "system:serviceaccount:kube-system:namespace-controller", "system:serviceaccount:kube-system:generic-garbage-collector"]
{{- end }}

{{/* CEL: is the request made by neither the controller, nor the collectors of what has no owner, nor an exempt user? */}}
{{- define "freehold.admission.bySomeoneElse" -}}
{{- $collectors := include "freehold.admission.collectors" . | fromJsonArray -}}
!(request.userInfo.username in {{ concat (list (include "freehold.admission.controller" .)) $collectors .Values.admission.exemptUsers | toJson }})
&& !('system:masters' in request.userInfo.?groups.orValue([]))
{{- end }}

{{/* Namespaces whose Pods are judged by their CredentialIndex ("In"), or by names alone ("NotIn"): (list $ "In"). */}}
{{- define "freehold.admission.namespaces" -}}
{{- $root := index . 0 -}}
namespaceSelector:
  matchExpressions:
    - {key: freehold.dev/credentials, operator: {{ index . 1 }}, values: [indexed]}
    - {key: kubernetes.io/metadata.name, operator: NotIn, values: {{ append $root.Values.admission.exemptNamespaces $root.Release.Namespace | uniq | toJson }}}
{{- end }}

{{/* Templates of Pods that somebody writes or changes. */}}
{{- define "freehold.admission.templates" -}}
- {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [replicationcontrollers, podtemplates]}
- {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments, statefulsets, daemonsets, replicasets]}
- {apiGroups: [batch], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [jobs, cronjobs]}
{{- end }}

{{/* CEL: the Pod spec inside object `o`, whatever its kind. */}}
{{- define "freehold.admission.podSpec" -}}
(o.kind == 'Pod' ? o.?spec
: o.kind == 'PodTemplate' ? o.?template.?spec
: o.kind == 'CronJob' ? o.?spec.?jobTemplate.?spec.?template.?spec
: o.?spec.?template.?spec).orValue({})
{{- end }}

{{/* CEL: the ServiceAccount as which Pod spec `s` runs. */}}
{{- define "freehold.admission.account" -}}
(s.?serviceAccountName.orValue('') != '' ? s.serviceAccountName
: s.?serviceAccount.orValue('') != '' ? s.serviceAccount
: 'default')
{{- end }}

{{/* CEL: the entries of the namespace's CredentialIndex, by name of the Secret. */}}
{{- define "freehold.admission.index" -}}
params == null ? dyn({}) : params.?spec.?credentials.orValue({})
{{- end }}
