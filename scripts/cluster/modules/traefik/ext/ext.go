// Package ext is where other editions of Traefik have more settings; this one has none.
package ext

// HTTP has none for all of HTTP.
type HTTP struct{}

// Router has none for a router.
type Router struct{}
