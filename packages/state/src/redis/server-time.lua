-- KEYS[1]: any key of the tenant, so that it is the time of the server that has its keys.
return now_ms()
