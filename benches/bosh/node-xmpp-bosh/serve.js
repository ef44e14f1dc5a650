// serve.js PORT DOMAIN XMPP-PORT: runs node-xmpp-bosh as its own starter does, in front of a server on this machine that
// needs no look-up, without TLS, and without WebSocket.
'use strict';

const events = require('events');
const nxb = require('node-xmpp-bosh/src/main.js');

const [port, domain, xmppPort] = process.argv.slice(2);

class OnLoopback extends events.EventEmitter {
	connect(socket) {
		socket.once('connect', () => this.emit('connect'));
		socket.once('error', error => this.emit('error', error.message));
		socket.connect(Number(xmppPort), '127.0.0.1');
	}
}

// What is not named here is as in the example of its configuration.
nxb.start_bosh({
	port: Number(port),
	host: '127.0.0.1',
	path: /^\/http-bind(\/+)?$/,
	logging: 'ERROR',
	max_data_held: 100000,
	max_xmpp_stanza_size: 500000,
	max_bosh_connections: 2,
	window_size: 2,
	default_inactivity: 70,
	max_inactivity: 160,
	http_socket_keepalive: 60,
	max_streams_per_session: 8,
	no_tls_domains: [domain],
	pidgin_compatible: true,
	lookup_service: OnLoopback,
});
