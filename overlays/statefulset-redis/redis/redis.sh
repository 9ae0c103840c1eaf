# Generated from registry.yaml: change that, then run `npm run generate`.
# Starts Redis empty: as the primary, or as a replica of the pod that is. The Sentinel beside it knows which.
. /etc/redis/primary.sh
waited=0
until primary=$(named_by $own_sentinel) && [ -n "$primary" ] || [ $waited -eq 20 ]; do
  waited=$((waited + 1))
  sleep 1
done
rm -f /data/*.rdb
[ -z "$primary" ] || [ "$primary" = "$HOST 6379" ] || set -- "$@" --replicaof $primary
exec "$@"
