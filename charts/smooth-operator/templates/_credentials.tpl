{{/*
CA, certificate and token as YAML, with values in base64, as Secrets have them: those that are kept in the cluster, else
new ones. Several templates ask, and each has to get the same ones, so the first answer is remembered among the values.
*/}}
{{- define "smooth-operator.credentials" -}}
{{- if not (hasKey .Values "madeCredentials") }}
{{- $made := dict }}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) }}
{{- $made = merge $made (include "smooth-operator.keptOrNewCertificate" . | fromYaml) }}
{{- end }}
{{- if and .Values.auth.enabled (not .Values.auth.existingSecret) }}
{{- $made = merge $made (include "smooth-operator.keptOrNewToken" . | fromYaml) }}
{{- end }}
{{- $_ := set .Values "madeCredentials" $made }}
{{- end }}
{{- .Values.madeCredentials | toYaml }}
{{- end }}

{{/* "true" where a Secret that is in the cluster is of the generation that is asked for. */}}
{{- define "smooth-operator.isKept" -}}
{{- $annotations := (.secret.metadata).annotations | default dict }}
{{- eq (get $annotations "mcp.dev/credentials-generation") (.root.Values.credentialsGeneration | toString) }}
{{- end }}

{{- define "smooth-operator.keptOrNewCertificate" -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "smooth-operator.tlsSecret" .) }}
{{- $kept := (get $secret "data") | default dict }}
{{- if and (eq (include "smooth-operator.isKept" (dict "secret" $secret "root" .)) "true") (index $kept "ca.crt") (index $kept "tls.crt") (index $kept "tls.key") -}}
ca: {{ index $kept "ca.crt" }}
certificate: {{ index $kept "tls.crt" }}
key: {{ index $kept "tls.key" }}
{{- else }}
{{- $host := printf "%s.%s" (include "smooth-operator.hook" .) .Release.Namespace }}
{{- /* The CA's key is forgotten: it signs nothing else. */}}
{{- $ca := genCA (printf "%s CA %d" $host (int .Values.credentialsGeneration)) 3650 }}
{{- $certificate := genSignedCert $host nil (list $host (printf "%s.svc" $host) (printf "%s.svc.%s" $host .Values.settings.MCP_CLUSTER_DOMAIN)) 3650 $ca }}
{{- /* The CA of before stays trusted until the next rotation: pods that still show its certificate are answering. */}}
{{- $before := regexFind "(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?" (index $kept "ca.crt" | default "" | b64dec) -}}
ca: {{ printf "%s%s" $ca.Cert $before | b64enc }}
certificate: {{ $certificate.Cert | b64enc }}
key: {{ $certificate.Key | b64enc }}
{{- end }}
{{- end }}

{{- define "smooth-operator.keptOrNewToken" -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace (include "smooth-operator.tokenSecret" .) }}
{{- $kept := (get $secret "data") | default dict }}
{{- if and (eq (include "smooth-operator.isKept" (dict "secret" $secret "root" .)) "true") (index $kept "token") -}}
token: {{ index $kept "token" }}
previousToken: {{ index $kept "previous-token" | default "" | quote }}
{{- else -}}
token: {{ randAlphaNum 48 | b64enc }}
previousToken: {{ index $kept "token" | default "" | quote }}
{{- end }}
{{- end }}
