# Generated from registry.yaml: change that, then run `npm run generate`.
# Starts Redis empty: as the primary, or as a replica of the pod that is.
. /etc/redis/primary.sh
rm -f /data/*.rdb
[ "$primary" = "$HOST 6379" ] || set -- "$@" --replicaof $primary
exec "$@"
