{{/*
What this release of the hook is: the operator's version, and a digest of all that reaches the hook. The hook answers
only calls that carry its own revision, so while old and new pods share a Service their answers do not alternate, and a
CompositeController with another revision has Metacontroller read CA and token again and sync everything.
*/}}
{{- define "smooth-operator.revision" -}}
{{- $credentials := include "smooth-operator.credentials" . | fromYaml }}
{{- $content := dict
  "image" (include "smooth-operator.image" .)
  "runtimeImage" (include "smooth-operator.runtimeImage" .)
  "features" (include "smooth-operator.features" .)
  "settings" .Values.settings
  "tls" .Values.tls
  "auth" .Values.auth
  "secretDigest" .Values.secretDigest
  "policy" .Values.policy
  "admits" (include "smooth-operator.admits" .)
  "generation" .Values.credentialsGeneration
  "ca" (get $credentials "ca")
  "clientCertificate" (get $credentials "clientCertificate")
  "admissionClients" .Values.admission.clientCertificate
  "token" (get $credentials "token")
}}
{{- printf "%s-%s" (regexReplaceAll "[^A-Za-z0-9._-]" .Chart.AppVersion "-") ($content | toJson | sha256sum | trunc 8) }}
{{- end }}
