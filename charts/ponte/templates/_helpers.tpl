{{- define "ponte.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "ponte.serviceAccountName" -}}
{{ default (include "ponte.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{/* Labels that name the pods of a component. They must not change in an upgrade. */}}
{{- define "ponte.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .shard }}
ponte/shard: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "ponte.labels" -}}
{{ include "ponte.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "ponte.podMetadata" -}}
labels:
  {{- include "ponte.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/*
What every pod has. It may not speak to Kubernetes, and gets no variables that name Services: with a Service called `board` they would
set BOARD_PORT.
*/}}
{{- define "ponte.podSpec" -}}
serviceAccountName: {{ include "ponte.serviceAccountName" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "ponte.selector" . | nindent 8 }}
{{- end }}

{{- define "ponte.container" -}}
image: {{ and (eq .component "worker") .root.Values.worker.image | default (include "ponte.image" .root) | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "ponte.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ printf "%s@%s" .repository .digest }}
{{- else -}}
{{ printf "%s:%s" .repository (default $.Chart.AppVersion .tag) }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Alive is not ready: a process that waits for Redis must not be restarted for that. */}}
{{- define "ponte.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: ops }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /healthz, port: ops }
  periodSeconds: 10
  timeoutSeconds: 3
readinessProbe:
  httpGet: { path: /readyz, port: ops }
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{/* The tenants file is mounted as a folder: a single file would never change. */}}
{{- define "ponte.volumes" -}}
- name: tmp
  emptyDir:
    sizeLimit: 16Mi
- name: tenants
  configMap:
    name: {{ if .root.Values.tenants.file }}{{ include "ponte.fullname" .root }}-tenants{{ else }}{{ .root.Values.tenants.existingConfigMap }}{{ end }}
{{- with .root.Values.redis.caSecret }}
- name: redis-ca
  secret:
    secretName: {{ . }}
    defaultMode: 0440
    items:
      # Whatever else it has, such as a key, stays out.
      - { key: ca.crt, path: ca.crt }
{{- end }}
{{- if and .root.Values.secretFiles.webhookTokens (has .component (list "ingress" "cli")) }}
- name: webhook-tokens
  secret:
    secretName: {{ .root.Values.secretFiles.webhookTokens }}
    defaultMode: 0440
{{- end }}
{{- if and .root.Values.secretFiles.credentials (ne .component "ingress") }}
- name: credentials
  secret:
    secretName: {{ .root.Values.secretFiles.credentials }}
    defaultMode: 0440
{{- end }}
{{- if and .root.Values.secrets.boardAccounts (eq .component "board") }}
- name: board-accounts
  secret:
    secretName: {{ .root.Values.secrets.boardAccounts }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{- define "ponte.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
- name: tenants
  mountPath: /etc/ponte/tenants
  readOnly: true
{{- if .root.Values.redis.caSecret }}
- name: redis-ca
  mountPath: /etc/ponte/redis
  readOnly: true
{{- end }}
{{- if and .root.Values.secretFiles.webhookTokens (has .component (list "ingress" "cli")) }}
- name: webhook-tokens
  mountPath: /run/secrets/webhook-tokens
  readOnly: true
{{- end }}
{{- if and .root.Values.secretFiles.credentials (ne .component "ingress") }}
- name: credentials
  mountPath: /run/secrets/credentials
  readOnly: true
{{- end }}
{{- if and .root.Values.secrets.boardAccounts (eq .component "board") }}
- name: board-accounts
  mountPath: /run/secrets/board
  readOnly: true
{{- end }}
{{- end }}

{{/* A process is given only the secrets that it uses. */}}
{{- define "ponte.envFrom" -}}
{{- $secrets := list -}}
{{- if has .component (list "ingress" "cli") }}{{ $secrets = append $secrets .root.Values.secrets.webhookTokens }}{{ end -}}
{{- if ne .component "ingress" }}{{ $secrets = append $secrets .root.Values.secrets.credentials }}{{ end -}}
{{- if eq .component "worker" }}{{ $secrets = append $secrets .root.Values.secrets.alerts }}{{ end -}}
{{- if eq .component "board" }}{{ $secrets = append $secrets .root.Values.secrets.board }}{{ end -}}
{{- with compact $secrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "ponte.env" -}}
- name: PONTE_CONFIG
  value: /etc/ponte/tenants/ponte.config.yaml
{{- if ne .component "ingress" }}
- name: PONTE_COMMAND
  value: {{ printf "kubectl --namespace %s exec -it deploy/%s-board -- node apps/cli/src/main.ts" .root.Release.Namespace (include "ponte.fullname" .root) | quote }}
- name: PONTE_RESTART
  value: {{ printf "kubectl --namespace %s rollout restart deployment --selector app.kubernetes.io/instance=%s,app.kubernetes.io/component={process}" .root.Release.Namespace .root.Release.Name | quote }}
{{- end }}
{{ include "ponte.redisEnv" .root }}
{{- if .root.Values.secrets.keys }}
- name: PONTE_FINGERPRINT_KEY
  valueFrom:
    secretKeyRef: { name: {{ .root.Values.secrets.keys }}, key: PONTE_FINGERPRINT_KEY }
{{- if ne .component "ingress" }}
- name: PONTE_SECRET_KEY
  valueFrom:
    secretKeyRef: { name: {{ .root.Values.secrets.keys }}, key: PONTE_SECRET_KEY }
- name: PONTE_OTHER_SECRET_KEYS
  valueFrom:
    secretKeyRef: { name: {{ .root.Values.secrets.keys }}, key: PONTE_OTHER_SECRET_KEYS, optional: true }
{{- end }}
{{- end }}
{{- with .root.Values.publicAccess }}
{{- if .enabled }}
{{- if has $.component (list "board" "cli") }}
- name: INGRESS_PUBLIC_URL
  value: https://{{ .host }}
{{- if .board }}
- name: BOARD_PUBLIC_URL
  value: https://{{ .host }}
{{- end }}
{{- end }}
{{- if and .trustedProxies (has $.component (list "board" "ingress")) }}
- name: {{ upper $.component }}_TRUSTED_PROXIES
  value: {{ .trustedProxies | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := .root.Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $value := (index .root.Values .component).env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "ponte.redisEnv" -}}
{{- $secret := .Values.redis.existingSecret -}}
{{- with .Values.redis -}}
{{- if or .sentinel.nodes .cluster.nodes -}}
{{- if .sentinel.nodes -}}
- name: REDIS_SENTINELS
  value: {{ join "," .sentinel.nodes | quote }}
- name: REDIS_SENTINEL_NAME
  value: {{ .sentinel.name | quote }}
- name: REDIS_SENTINEL_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: REDIS_SENTINEL_PASSWORD, optional: true }
{{- else -}}
- name: REDIS_CLUSTER
  value: {{ join "," .cluster.nodes | quote }}
{{- end }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: REDIS_PASSWORD, optional: true }
{{- with .username }}
- name: REDIS_USERNAME
  value: {{ . | quote }}
{{- end }}
{{- if .tls }}
- name: REDIS_TLS
  value: 'true'
{{- end }}
{{- else -}}
- name: REDIS_URL
  valueFrom:
    secretKeyRef: { name: {{ $secret }}, key: REDIS_URL }
{{- end }}
{{- if .caSecret }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/ponte/redis/ca.crt
{{- end }}
{{- if not (kindIs "invalid" .waitReplicas) }}
- name: REDIS_WAIT_REPLICAS
  value: {{ .waitReplicas | quote }}
{{- end }}
{{- end }}
{{- end }}
