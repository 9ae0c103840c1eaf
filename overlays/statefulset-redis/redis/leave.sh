# Generated from registry.yaml: change that, then run `npm run generate`.
# Before the primary goes, a replica takes its place. The Sentinel of this pod ends at the same time, so another one is asked.
. /etc/redis/primary.sh
[ "$(role_of $own_redis)" = master ] || exit 0
echo "$pods" | while read -r host port sentinel_host sentinel_port; do
  [ "$host" != "$HOST" ] || continue
  ask "$sentinel_host" "$sentinel_port" sentinel failover registry </dev/null && break
done
waited=0
while [ "$(role_of $own_redis)" = master ] && [ $waited -lt 10 ]; do
  waited=$((waited + 1))
  sleep 1
done
