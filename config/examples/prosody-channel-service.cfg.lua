-- What Prosody needs for `cirrus channel-service`, after its other components. The same secret stands in the file that
-- channel_service.secret_file names. Prosody listens for components on 127.0.0.1, port 5347.
Component "channels.example.org"
	component_secret = "a long random secret"
Component "topics.example.org"
	component_secret = "a long random secret"
