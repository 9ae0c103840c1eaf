module traefik

go 1.26.0

require github.com/traefik/traefik/v3 v3.7.13

replace (
	// As Traefik does; the module proxy does not have the later commit of the first that Traefik names.
	github.com/abbot/go-http-auth => github.com/containous/go-http-auth v0.4.1-0.20200324110947-a37a7636d23e
	github.com/gorilla/mux => github.com/containous/mux v0.0.0-20250523120546-41b6ec3aed59

	// What is not in Traefik's module, and what is left out of it.
	github.com/traefik/traefik/dynamic/ext => ./ext

	github.com/go-acme/lego/v5 => ./lego
)
