# Generated from registry.yaml: change that, then run `npm run generate`.
# Whether Redis has the role that the Sentinels give it.
. /etc/redis/primary.sh
primary=$(named_by $own_sentinel)
case $primary in
  '') exit 1 ;;
  "$HOST 6379") [ "$(role_of $own_redis)" = master ] ;;
  *) [ "$(role_of $own_redis)" = "slave $primary connected" ] ;;
esac
