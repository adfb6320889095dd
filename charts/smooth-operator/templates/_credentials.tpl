{{/*
CA, certificates and token as YAML, with values in base64, as Secrets have them: those that are kept in the cluster, else
new ones. Several templates ask, and each has to get the same ones, so the first answer is remembered among the values.
*/}}
{{- define "smooth-operator.credentials" -}}
{{- if not (hasKey .Values "madeCredentials") }}
{{- $made := dict }}
{{- if eq (include "smooth-operator.makesCa" .) "true" }}
{{- $made = merge $made (include "smooth-operator.keptOrNewCertificates" . | fromYaml) }}
{{- end }}
{{- if and .Values.auth.enabled (not .Values.auth.existingSecret) }}
{{- $made = merge $made (include "smooth-operator.keptOrNewToken" . | fromYaml) }}
{{- end }}
{{- $_ := set .Values "madeCredentials" $made }}
{{- end }}
{{- .Values.madeCredentials | toYaml }}
{{- end }}

{{/* "true" where the chart makes the certificate of the hook, by a CA of its own. */}}
{{- define "smooth-operator.makesCertificate" -}}
{{- with .Values.tls }}{{ and .enabled (not .existingSecret) (not .certManager.enabled) }}{{ end }}
{{- end }}

{{/* "true" where the chart makes the client certificate of Metacontroller, by that CA. */}}
{{- define "smooth-operator.makesClientCertificate" -}}
{{- with .Values.auth.clientCertificate }}{{ and .enabled (not .existingSecret) (not $.Values.tls.certManager.enabled) }}{{ end }}
{{- end }}

{{/* Who may call: what is made is called so, and stays let in whatever else is named. */}}
{{- define "smooth-operator.clientNames" -}}
{{- with .Values.auth.clientCertificate }}
{{- if .existingSecret }}{{ join "," .names }}{{ else }}{{ prepend .names "metacontroller" | uniq | join "," }}{{ end }}
{{- end }}
{{- end }}

{{- define "smooth-operator.makesCa" -}}
{{ or (eq (include "smooth-operator.makesCertificate" .) "true") (eq (include "smooth-operator.makesClientCertificate" .) "true") }}
{{- end }}

{{/* "true" where a Secret that is in the cluster is of the generation that is asked for, and not due for another. */}}
{{- define "smooth-operator.isKept" -}}
{{- $annotations := (.secret.metadata).annotations | default dict }}
{{- $isOfGeneration := eq (get $annotations "mcp.dev/credentials-generation") (.root.Values.credentialsGeneration | toString) }}
{{- $renewAfter := get $annotations "mcp.dev/renew-after" | default "99999999999" | int64 }}
{{- and $isOfGeneration (lt (now | unixEpoch | int64) $renewAfter) }}
{{- end }}

{{/* In seconds since 1970, what is that many days from now. */}}
{{- define "smooth-operator.inDays" -}}
{{- add (now | unixEpoch | int64) (mul . 86400) }}
{{- end }}

{{/*
A CA of 20 years, which an upgrade replaces when it is 10 years old, and certificates of 5 years, which an upgrade renews
when they are one year old: who upgrades once in four years never meets an end. A renewed certificate of the same CA is
picked up by the hook as it is; a new CA, or a new client certificate, is a new revision.
*/}}
{{- define "smooth-operator.keptOrNewCertificates" -}}
{{- $keptCa := lookup "v1" "Secret" .Release.Namespace (include "smooth-operator.caSecret" .) }}
{{- $keptServer := lookup "v1" "Secret" .Release.Namespace (include "smooth-operator.tlsSecret" .) }}
{{- $keptClient := lookup "v1" "Secret" .Release.Namespace (include "smooth-operator.clientSecret" .) }}
{{- $caData := $keptCa.data | default dict }}
{{- $serverData := $keptServer.data | default dict }}
{{- $clientData := $keptClient.data | default dict }}
{{- $host := printf "%s.%s" (include "smooth-operator.hook" .) .Release.Namespace }}
{{- $isSameCa := and (eq (include "smooth-operator.isKept" (dict "secret" $keptCa "root" .)) "true") (index $caData "tls.crt") (index $caData "tls.key") (index $caData "ca.crt") }}
{{- $ca := dict }}
{{- $trusted := "" }}
{{- if $isSameCa }}
{{- $ca = buildCustomCert (index $caData "tls.crt") (index $caData "tls.key") }}
{{- $trusted = index $caData "ca.crt" -}}
caRenewAfter: {{ index $keptCa.metadata.annotations "mcp.dev/renew-after" | quote }}
{{- else }}
{{- $ca = genCA (printf "%s CA %d" $host (int .Values.credentialsGeneration)) 7300 }}
{{- /* The CA of before stays trusted until the next rotation: pods that still show its certificate are answering. */}}
{{- $before := regexFind "(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?" (index $caData "ca.crt" | default (ternary (index $serverData "ca.crt") "" (eq (include "smooth-operator.makesCertificate" .) "true")) | default "" | b64dec) }}
{{- $trusted = printf "%s%s" $ca.Cert $before | b64enc -}}
caRenewAfter: {{ include "smooth-operator.inDays" 3650 | quote }}
{{- end }}
ca: {{ $trusted }}
caCertificate: {{ $ca.Cert | b64enc }}
caKey: {{ $ca.Key | b64enc }}
{{- if eq (include "smooth-operator.makesCertificate" .) "true" }}
{{- if and $isSameCa (eq (include "smooth-operator.isKept" (dict "secret" $keptServer "root" .)) "true") (index $serverData "tls.crt") (index $serverData "tls.key") }}
certificate: {{ index $serverData "tls.crt" }}
key: {{ index $serverData "tls.key" }}
renewAfter: {{ index $keptServer.metadata.annotations "mcp.dev/renew-after" | quote }}
{{- else }}
{{- $made := genSignedCert $host nil (include "smooth-operator.hookNames" . | fromYamlArray) 1825 $ca }}
certificate: {{ $made.Cert | b64enc }}
key: {{ $made.Key | b64enc }}
renewAfter: {{ include "smooth-operator.inDays" 365 | quote }}
{{- end }}
{{- end }}
{{- if eq (include "smooth-operator.makesClientCertificate" .) "true" }}
{{- if and $isSameCa (eq (include "smooth-operator.isKept" (dict "secret" $keptClient "root" .)) "true") (index $clientData "tls.crt") (index $clientData "tls.key") }}
clientCertificate: {{ index $clientData "tls.crt" }}
clientKey: {{ index $clientData "tls.key" }}
clientRenewAfter: {{ index $keptClient.metadata.annotations "mcp.dev/renew-after" | quote }}
{{- else }}
{{- $made := genSignedCert "metacontroller" nil (list) 1825 $ca }}
clientCertificate: {{ $made.Cert | b64enc }}
clientKey: {{ $made.Key | b64enc }}
clientRenewAfter: {{ include "smooth-operator.inDays" 365 | quote }}
{{- end }}
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

{{/*
Fails where a Secret that is named is not there, or lacks a key: the installation would go on without credentials. Where
Helm sees no Secret at all it renders without a cluster, or into a namespace that is still empty, and nothing can be said.
*/}}
{{- define "smooth-operator.checkSecret" -}}
{{- $namespace := .root.Release.Namespace }}
{{- if lookup "v1" "Secret" $namespace "" }}
{{- $secret := lookup "v1" "Secret" $namespace .name }}
{{- if not $secret }}
{{- fail (printf "%s: there is no Secret %s in the namespace %s" .value .name $namespace) }}
{{- end }}
{{- range .keys }}
{{- if not (hasKey ($secret.data | default dict) .) }}
{{- fail (printf "%s: the Secret %s has no key %s" $.value $.name .) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "smooth-operator.checkSecrets" -}}
{{- with .Values }}
{{- if and .tls.enabled .tls.existingSecret }}
{{- include "smooth-operator.checkSecret" (dict "root" $ "value" "tls.existingSecret" "name" .tls.existingSecret "keys" (list "tls.crt" "tls.key" "ca.crt")) }}
{{- end }}
{{- if and .auth.enabled .auth.existingSecret }}
{{- include "smooth-operator.checkSecret" (dict "root" $ "value" "auth.existingSecret" "name" .auth.existingSecret "keys" (list "token")) }}
{{- end }}
{{- with .auth.clientCertificate }}
{{- if and .enabled .existingSecret }}
{{- include "smooth-operator.checkSecret" (dict "root" $ "value" "auth.clientCertificate.existingSecret" "name" .existingSecret "keys" (list "tls.crt" "tls.key" "ca.crt")) }}
{{- end }}
{{- end }}
{{- with .secretDigest }}
{{- if .existingSecret }}
{{- include "smooth-operator.checkSecret" (dict "root" $ "value" "secretDigest.existingSecret" "name" .existingSecret "keys" (list .key)) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* What cannot be meant is refused before anything is made of it. */}}
{{- define "smooth-operator.checkCredentials" -}}
{{- with .Values }}
{{- if and .tls.certManager.enabled (or .tls.existingSecret (not .tls.enabled)) }}
{{- fail "tls.certManager.enabled: needs tls.enabled, and goes with no tls.existingSecret" }}
{{- end }}
{{- if and .auth.clientCertificate.enabled (not .tls.enabled) }}
{{- fail "auth.clientCertificate.enabled: needs tls.enabled" }}
{{- end }}
{{- if and .auth.clientCertificate.existingSecret (not .auth.clientCertificate.enabled) }}
{{- fail "auth.clientCertificate.existingSecret: needs auth.clientCertificate.enabled, without which nobody is asked for a certificate" }}
{{- end }}
{{- with .tls.certManager.issuerRef }}
{{- if and (not (has (.kind | default "Issuer") (list "Issuer" "ClusterIssuer"))) (eq (.group | default "cert-manager.io") "cert-manager.io") }}
{{- fail (printf "tls.certManager.issuerRef.kind: must be Issuer or ClusterIssuer, not %s, or have the group of another" .kind) }}
{{- end }}
{{- end }}
{{- if and .tls.certManager.issuerRef (not .tls.certManager.enabled) }}
{{- fail "tls.certManager.issuerRef: needs tls.certManager.enabled" }}
{{- end }}
{{- if and .admission.caBundle (not .tls.existingSecret) }}
{{- fail "admission.caBundle: needs tls.existingSecret, whose CA it is: leave it out, for the CA of a certificate that the chart or cert-manager makes is known" }}
{{- end }}
{{- if and .admission.clientCertificate.names (not .admission.clientCertificate.ca) }}
{{- fail "admission.clientCertificate.names: needs admission.clientCertificate.ca" }}
{{- end }}
{{- end }}
{{- end }}
