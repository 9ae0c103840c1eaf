module dns

go 1.24.0

require (
	github.com/coredns/coredns v1.12.4
	k8s.io/api v0.34.4
	k8s.io/apimachinery v0.34.4
	k8s.io/client-go v0.34.4
)
