# table.awk - what run has measured, as tables for people
#
# Fields are separated by tabs.  The first says what the rest is: "time" and
# "far" come from measure.c, as does "rate/CLIENT/TURN" with its last line;
# "calls" is a name, how many system calls, how many of them write to a socket.

$1 == "time" && $2 != "total" {
	wall[$2] = $3
	cpu[$2] = $4
	peak[$2] = $5
	add_row($2)
}

# Sums for a straight line through time over distance (least squares).
$1 == "far" && $2 != "total" {
	split($2, part, "/")
	name = part[1] "/" part[2] "/" part[3]
	far[name, part[4]] = $3
	n[name]++
	x[name] += part[4]
	y[name] += $3
	xx[name] += part[4] * part[4]
	xy[name] += part[4] * $3
}

$1 ~ /^rate/ && $2 == "total" {
	split($1, part, "/")
	if (!(part[2] in sent))
		senders[++sender_count] = part[2]
	sent[part[2]] += $3
	seconds[part[2]] += $4
}

$1 == "calls" {
	calls[$2] = $3
	writes[$2] = $4
}

END {
	heading["plain"] = "in the clear"
	heading["starttls"] = "STARTTLS, AUTH"
	heading["implicit"] = "TLS, AUTH"
	heading["small"] = "1 KiB for one recipient"
	heading["many"] = "1 KiB for 100 recipients"
	heading["big"] = "25 MiB for one recipient"
	heading["bundle"] = "ours, CA bundle"
	print_legend()
	print_costs()
	print_distances()
	print_rates()
}

function add_row(name,    part) {
	split(name, part, "/")
	group = part[1] "/" part[2]
	if (!(group in members))
		groups[++group_count] = group
	members[group] = members[group] " " part[3]
}

function title(group,    part) {
	split(group, part, "/")
	return heading[part[1]] ", " heading[part[2]]
}

function label(client) {
	return client in heading ? heading[client] : client
}

function number(format, values, name) {
	return name in values ? sprintf(format, values[name]) : "-"
}

# Milliseconds for each millisecond of distance.
function trips(name,    spread) {
	if (!(name in n))
		return "-"
	spread = n[name] * xx[name] - x[name] * x[name]
	return sprintf("%.1f",
		(n[name] * xy[name] - x[name] * y[name]) / spread)
}

function print_legend() {
	print "Medians for one message and a new process; the server is on the"
	print "same machine and not counted.  Round trips: the slope of wall time"
	print "over distance, connecting included; on a real path a client that"
	print "writes line by line waits for more (Nagle).  bare and ours trust a"
	print "hashed directory, msmtp a bundle of 141 certificates."
	print ""
}

function print_costs(    i) {
	line = "%-18s%9s%8s%9s%8s%7s%8s%8s%7s\n"
	printf line, "", "wall", "", "CPU", "", "peak", "system", "socket",
		"round"
	printf line, "", "ms", "x bare", "ms", "x bare", "MiB", "calls",
		"writes", "trips"
	for (i = 1; i <= group_count; i++)
		print_group(groups[i])
}

function print_group(group,    i, count, client, name, bare) {
	print "\n" title(group)
	bare = group "/bare"
	count = split(members[group], client, " ")
	for (i = 1; i <= count; i++) {
		name = group "/" client[i]
		printf line, "  " label(client[i]),
			sprintf("%.1f", wall[name]),
			sprintf("%.2f", wall[name] / wall[bare]),
			sprintf("%.1f", cpu[name]),
			sprintf("%.2f", cpu[name] / cpu[bare]),
			sprintf("%.1f", peak[name] / 1024),
			number("%d", calls, name), number("%d", writes, name),
			trips(name)
	}
}

function print_distances(    i) {
	print "\nwall ms for 1 KiB when a round trip takes"
	printf "%-18s%9s%9s%9s%9s\n", "", "0 ms", "20 ms", "50 ms", "100 ms"
	for (i = 1; i <= group_count; i++)
		if (groups[i] ~ /small/)
			print_distance(groups[i])
}

function print_distance(group,    i, count, client, name) {
	print title(group)
	count = split(members[group], client, " ")
	for (i = 1; i <= count; i++) {
		name = group "/" client[i]
		if (name in n)
			printf "%-18s%9.0f%9.0f%9.0f%9.0f\n",
				"  " client[i], far[name, 0], far[name, 20],
				far[name, 50], far[name, 100]
	}
}

function print_rates(    i) {
	print "\nmessages/s, 20 at once, TLS, AUTH, 1 KiB"
	for (i = 1; i <= sender_count; i++)
		printf "%-18s%9.0f\n", "  " senders[i],
			sent[senders[i]] / seconds[senders[i]]
}
