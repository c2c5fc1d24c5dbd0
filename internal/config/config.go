// Package config holds the one configuration of mcg: what can be set, where it is read from, and whether it makes sense.
//
// A value comes from the built-in default, the file, the environment or a flag, the later beating the earlier. The tags
// of Config are the single truth: reading, printing and docs/configuration.md are all made from them.
package config

// Config is everything an operator can set. Field tags name the file key (yaml), the variable where it is not MCG_ and
// the path in capitals (env), the default (default), what is allowed (enum, min, max) and what it does (doc).
type Config struct {
	File        string `yaml:"config" from:"environment" default:"" doc:"The configuration file. Without it, config.yaml in MCG_CONFIG_DIR is read if it exists. The flag --config beats the variable."`
	Dir         string `yaml:"config_dir" from:"environment" default:"/etc/mcg" doc:"The folder in which config.yaml is looked for when no file is named."`
	Environment string `yaml:"environment" default:"development" doc:"The name of this installation, such as production; it labels logs and traces."`
	Debug       bool   `yaml:"debug" default:"false" doc:"Lowers logging.level to debug where logging.level is not set itself."`

	API          API          `yaml:"api"`
	Worker       Worker       `yaml:"worker"`
	Database     Database     `yaml:"database"`
	Logging      Logging      `yaml:"logging"`
	Storage      Storage      `yaml:"storage"`
	Templates    Templates    `yaml:"templates"`
	Integrations Integrations `yaml:"integrations"`
	Security     Security     `yaml:"security"`
	Redis        Redis        `yaml:"redis"`
	Cache        Cache        `yaml:"cache"`
	Monitoring   Monitoring   `yaml:"monitoring"`
}

// API is the public listener and how much work it takes on at once.
type API struct {
	Host            string   `yaml:"host" env:"MCG_HOST" default:"127.0.0.1" doc:"The address to listen on. Beyond loopback, authentication must be on."`
	Port            int      `yaml:"port" env:"MCG_PORT" default:"8080" min:"0" max:"65535" doc:"The port to listen on; 0 takes a free one."`
	Workers         int      `yaml:"workers" env:"MCG_MAX_WORKERS" default:"4" min:"1" max:"1024" doc:"How many renderings, or jobs in a worker, run at once."`
	QueueSize       int      `yaml:"queue_size" env:"MCG_QUEUE_SIZE" default:"100" min:"0" max:"1000000" doc:"How many requests may wait for a worker; one more is answered with 503 and Retry-After."`
	Timeout         Duration `yaml:"timeout" env:"MCG_TIMEOUT_SECONDS" default:"300" doc:"How long one request or job may take."`
	ShutdownTimeout Duration `yaml:"shutdown_timeout" default:"30s" doc:"How long requests and jobs in flight may take to finish after SIGTERM."`
}

// Worker says which of the two roles a server process plays, and how the queue is worked.
type Worker struct {
	Mode         bool     `yaml:"mode" default:"false" doc:"Work the job queue instead of serving the API. Needs a database that processes can share: Postgres."`
	Embedded     *bool    `yaml:"embedded" default:"" doc:"Work the queue in the service's own process. Empty is on with SQLite, where there are no other workers, and off with Postgres."`
	JobTimeout   Duration `yaml:"job_timeout" default:"15s" doc:"How long one job may take; a batch is cut into jobs that take far less."`
	RescueAfter  Duration `yaml:"rescue_after" default:"20s" doc:"When a job counts as lost with its worker, and is tried again. More than worker.job_timeout."`
	KeepDeleted  Duration `yaml:"keep_deleted" default:"0s" doc:"How long a deleted card can be restored; after it the card goes with its revisions. 0 keeps it."`
	KeepBatches  Duration `yaml:"keep_batches" default:"30d" doc:"How long a batch that has ended can be asked about. 0 keeps it."`
	CheckDigests Duration `yaml:"check_digests" default:"24h" doc:"How often every stored revision is compared with its digest. 0 never does it."`
}

// Database is the system of record.
type Database struct {
	URL            URL `yaml:"url" default:"" doc:"postgresql://user:password@host/name, or sqlite:path. Empty is SQLite in mcg.db in storage.data_dir."`
	MaxConnections int `yaml:"max_connections" default:"12" min:"1" max:"1000" doc:"The size of the connection pool (of the readers' pool on SQLite)."`
}

// Logging says what is logged, how, and where to.
type Logging struct {
	Level       LogLevel     `yaml:"level" env:"MCG_LOG_LEVEL" default:"info" enum:"trace,debug,info,warning,error,critical" doc:"The least severe level that is logged."`
	Format      string       `yaml:"format" default:"json" enum:"json,console" doc:"One JSON object a line, or text for people."`
	File        string       `yaml:"file" default:"" doc:"A log file, written beside the console and rotated."`
	MaxSize     Size         `yaml:"max_size" default:"100MB" doc:"The size at which a log file is rotated, rounded up to whole megabytes."`
	BackupCount int          `yaml:"backup_count" default:"5" min:"0" max:"1000" doc:"How many rotated files are kept; 0 keeps all."`
	Handlers    []LogHandler `yaml:"handlers" default:"[]" doc:"Where log lines go. Empty means the console, and logging.file if it is set."`
}

// LogHandler is one destination of log lines. Empty fields inherit from Logging.
type LogHandler struct {
	Type    string   `yaml:"type" json:"type,omitempty" enum:"console,file,syslog" required:"true" doc:"The kind of destination."`
	Level   LogLevel `yaml:"level" json:"level,omitempty" enum:"trace,debug,info,warning,error,critical" doc:"Instead of logging.level."`
	Format  string   `yaml:"format" json:"format,omitempty" enum:"json,console" doc:"Instead of logging.format."`
	File    string   `yaml:"file" json:"file,omitempty" doc:"For type file: its path, instead of logging.file."`
	Address string   `yaml:"address" json:"address,omitempty" doc:"For type syslog: udp://host:514, tcp://host:514 or unix:///dev/log. Empty is the local daemon."`
}

// Storage is what is kept on the local disk.
type Storage struct {
	DataDir      string   `yaml:"data_dir" env:"MCG_DATA_DIR" default:"./mcg-data" doc:"The folder of the embedded database and everything else that has no folder of its own."`
	OutputDir    string   `yaml:"output_dir" env:"MCG_OUTPUT_DIR" default:"" doc:"Where rendered cards are also written as files. Empty writes none."`
	CacheDir     string   `yaml:"cache_dir" env:"MCG_CACHE_DIR" default:"" doc:"The folder of the disk cache. Empty is cache in storage.data_dir."`
	MaxCacheSize Size     `yaml:"max_cache_size" default:"10GB" doc:"The size of the disk cache, where its entry in cache.levels has none."`
	CacheTTL     Duration `yaml:"cache_ttl" default:"24h" doc:"How long the disk cache keeps an entry, where its entry in cache.levels has no ttl."`
}

// Templates says how cards are rendered when a request does not.
type Templates struct {
	DefaultFormat      string `yaml:"default_format" default:"huggingface" doc:"The format of an answer to a request that names none."`
	CustomTemplatesDir string `yaml:"custom_templates_dir" env:"MCG_TEMPLATES_DIR" default:"" doc:"The folder of your own templates (format template:name)."`
	StrictValidation   bool   `yaml:"strict_validation" default:"false" doc:"Refuse every card that validation would fail, as ?strict=true does for one request."`
}

// Integrations are the systems that values come from and cards go to.
type Integrations struct {
	MLflow      MLflow      `yaml:"mlflow"`
	WandB       WandB       `yaml:"wandb"`
	HuggingFace HuggingFace `yaml:"huggingface"`
}

// MLflow is an MLflow tracking server.
type MLflow struct {
	TrackingURI    URL    `yaml:"tracking_uri" env:"MCG_MLFLOW_TRACKING_URI" default:"" doc:"The address of the MLflow tracking server."`
	ExperimentName string `yaml:"experiment_name" default:"" doc:"The experiment in which runs are looked for."`
	Token          Secret `yaml:"token" default:"" doc:"The bearer token of the tracking server. Beats username and password."`
	Username       string `yaml:"username" default:"" doc:"The user of the tracking server, where it asks for a password."`
	Password       Secret `yaml:"password" default:"" doc:"The password of that user."`
}

// WandB is an account of Weights & Biases.
type WandB struct {
	Project string `yaml:"project" default:"" doc:"The project in which runs are looked for."`
	Entity  string `yaml:"entity" default:"" doc:"The team or user who owns the project."`
	APIKey  Secret `yaml:"api_key" env:"MCG_WANDB_API_KEY" default:"" doc:"The API key of Weights & Biases."`
	BaseURL URL    `yaml:"base_url" default:"https://api.wandb.ai" doc:"The address of the service, where it is one of your own."`
}

// HuggingFace is a Hugging Face Hub.
type HuggingFace struct {
	ModelHubURL URL    `yaml:"model_hub_url" default:"https://huggingface.co" doc:"The address of the Hub."`
	Token       Secret `yaml:"token" env:"MCG_HF_TOKEN" default:"" doc:"The access token of the Hub; publishing needs one that may write."`
}

// Security says who may do what.
type Security struct {
	EnableAuth     *bool     `yaml:"enable_auth" default:"" doc:"Ask for a token or an API key. Empty is on, except while the API listens on loopback only."`
	SecretKey      Secret    `yaml:"secret_key" env:"MCG_SECRET_KEY" default:"" doc:"Signs the tokens that mcg issues: at least 32 bytes."`
	AllowedHosts   []string  `yaml:"allowed_hosts" default:"[]" doc:"The Host names that are answered. Empty answers all, or loopback names only while authentication is off."`
	CORSOrigins    []string  `yaml:"cors_origins" default:"[]" doc:"The web origins whose pages may call the API, such as https://portal.example.com."`
	TrustedProxies []string  `yaml:"trusted_proxies" default:"[]" doc:"The addresses or networks whose X-Forwarded-* headers are believed."`
	JWT            JWT       `yaml:"jwt"`
	Providers      Providers `yaml:"providers"`
	RBAC           RBAC      `yaml:"rbac"`
	RateLimit      RateLimit `yaml:"rate_limit"`
}

// JWT describes the tokens that mcg issues itself.
type JWT struct {
	Algorithm     string `yaml:"algorithm" env:"MCG_JWT_ALGORITHM" default:"HS256" enum:"HS256" doc:"How mcg signs its own tokens. Those of another issuer are described in security.providers.jwt."`
	ExpireMinutes int    `yaml:"expire_minutes" env:"MCG_JWT_EXPIRE_MINUTES" default:"60" min:"1" max:"43200" doc:"How many minutes a token of mcg's own is good for."`
	Issuer        string `yaml:"issuer" default:"mcg" doc:"The iss claim of mcg's own tokens."`
	Audience      string `yaml:"audience" default:"mcg-api" doc:"The aud claim of mcg's own tokens."`
}

// Providers are the ways to say who one is.
type Providers struct {
	JWT    ExternalJWT `yaml:"jwt"`
	APIKey APIKeys     `yaml:"api_key"`
}

// ExternalJWT is an issuer whose tokens are accepted beside mcg's own.
type ExternalJWT struct {
	Algorithm       string   `yaml:"algorithm" default:"RS256" enum:"RS256,ES256" doc:"The one algorithm the issuer signs with; what a token's header says is not asked."`
	PublicKeyURL    URL      `yaml:"public_key_url" default:"" doc:"The issuer's JWKS document. Empty accepts no external tokens."`
	Issuer          string   `yaml:"issuer" default:"" doc:"The iss claim its tokens must have."`
	Audience        string   `yaml:"audience" default:"" doc:"The aud claim its tokens must have."`
	RolesClaim      string   `yaml:"roles_claim" default:"roles" doc:"The claim that lists a principal's roles."`
	NamespacesClaim string   `yaml:"namespaces_claim" default:"namespaces" doc:"The claim that lists the namespaces a principal is bound to."`
	PrivateNetwork  bool     `yaml:"private_network" default:"false" doc:"Let public_key_url lead to this machine or a private network, such as an issuer inside the cluster. Link-local addresses stay closed."`
	RefreshInterval Duration `yaml:"refresh_interval" default:"50s" doc:"How often keys are fetched again. A removed key works that long and the time of one fetch (5 s at most), so the default keeps it under 60 s."`
	MaxStale        Duration `yaml:"max_stale" default:"24h" doc:"How long known keys work while the issuer can't be reached."`
}

// APIKeys are the keys of the configuration; others are made with the API and kept in the database.
type APIKeys struct {
	HeaderName string   `yaml:"header_name" default:"X-API-Key" doc:"The request header that carries an API key."`
	ValidKeys  []APIKey `yaml:"valid_keys" default:"[]" doc:"Fixed API keys: a plain string has the role user and no namespace binding; or key, roles and namespaces."`
}

// APIKey is one fixed key and what its holder may do.
type APIKey struct {
	Key        Secret   `yaml:"key" json:"key,omitempty" required:"true" doc:"The key itself."`
	Roles      []string `yaml:"roles" json:"roles,omitempty" doc:"Names from security.rbac.roles. Empty is user."`
	Namespaces []string `yaml:"namespaces" json:"namespaces,omitempty" doc:"Namespaces such as acme or acme/*. Empty is all."`
}

// RBAC says what each role may do.
type RBAC struct {
	Roles map[string][]string `yaml:"roles" default:"{admin: ['*'], user: [generate, validate], readonly: [view]}" doc:"Permissions of each role: view, validate, generate, delete, publish, admin, or * for all. A map of your own replaces the default whole."`
}

// RateLimit bounds how often one caller may ask. 0 is no limit.
type RateLimit struct {
	PerPrincipal int `yaml:"per_principal" default:"6000" min:"0" max:"10000000" doc:"Requests a minute of one principal; 0 is no limit."`
	PerAddress   int `yaml:"per_address" default:"6000" min:"0" max:"10000000" doc:"Requests a minute of one client address; 0 is no limit."`
	FailedLogins int `yaml:"failed_logins" default:"20" min:"0" max:"10000000" doc:"Failed authentications a minute of one client address; 0 is no limit."`
}

// Redis is the shared cache tier. It is used when url or host is set.
type Redis struct {
	URL            URL      `yaml:"url" default:"" doc:"redis://user:password@host:6379/0, rediss:// for TLS. Beats host, port, db, username and password."`
	Host           string   `yaml:"host" default:"" doc:"The Redis server, where there is no url."`
	Port           int      `yaml:"port" default:"6379" min:"1" max:"65535" doc:"Its port."`
	DB             int      `yaml:"db" default:"0" min:"0" max:"1000000" doc:"Its database number."`
	Username       string   `yaml:"username" default:"" doc:"Its user, if it has access lists."`
	Password       Secret   `yaml:"password" default:"" doc:"Its password."`
	TTL            Duration `yaml:"ttl" default:"1h" doc:"How long Redis keeps an entry, where its entry in cache.levels has no ttl."`
	MaxMemory      Size     `yaml:"max_memory" default:"0" doc:"What the server's maxmemory should be; a difference is warned about. 0 does not compare."`
	EvictionPolicy string   `yaml:"eviction_policy" default:"" enum:",noeviction,allkeys-lru,allkeys-lfu,allkeys-random,volatile-lru,volatile-lfu,volatile-random,volatile-ttl" doc:"What the server's maxmemory-policy should be; a difference is warned about. Empty does not compare."`
}

// Cache is the list of cache tiers. They are always asked in the order memory, redis, disk.
type Cache struct {
	Levels []CacheLevel `yaml:"levels" default:"[{name: memory, size: 100MB, ttl: 5m}, {name: redis}, {name: disk}]" doc:"The cache tiers in use. A ttl or size here beats redis.ttl, storage.cache_ttl and storage.max_cache_size. The redis tier is left out while no Redis is configured."`
}

// CacheLevel is one cache tier. Zero fields inherit; see Config.CacheLevels.
type CacheLevel struct {
	Name string   `yaml:"name" json:"name,omitempty" enum:"memory,redis,disk" required:"true" doc:"The tier."`
	Size Size     `yaml:"size" json:"size,omitempty" doc:"How much it holds; for redis the server decides and this is not used."`
	TTL  Duration `yaml:"ttl" json:"ttl,omitempty" doc:"How long it keeps an entry."`
}

// Monitoring is what a machine watches the service by.
type Monitoring struct {
	EnableMetrics   bool    `yaml:"enable_metrics" default:"true" doc:"Serve Prometheus metrics."`
	MetricsHost     string  `yaml:"metrics_host" default:"" doc:"The address of the private listener (metrics, health). Empty is api.host."`
	MetricsPort     int     `yaml:"metrics_port" env:"MCG_METRICS_PORT" default:"9090" min:"0" max:"65535" doc:"The port of the private listener; 0 takes a free one."`
	MetricsOnAPI    bool    `yaml:"metrics_on_api" default:"false" doc:"Serve /metrics on the API's port too. It is always there while the API listens on loopback only."`
	HealthCheckPath string  `yaml:"health_check_path" default:"/health" doc:"The path of the liveness check."`
	ReadyCheckPath  string  `yaml:"ready_check_path" default:"/ready" doc:"The path of the readiness check."`
	EnableTracing   bool    `yaml:"enable_tracing" default:"false" doc:"Send OpenTelemetry traces."`
	OTLPEndpoint    URL     `yaml:"otlp_endpoint" default:"" doc:"Where traces are sent by OTLP over HTTP, such as http://collector:4318. Beats jaeger_endpoint."`
	JaegerEndpoint  URL     `yaml:"jaeger_endpoint" default:"" doc:"The old address of a Jaeger collector. Its host is used with Jaeger's OTLP port 4318, and a warning is logged."`
	SampleRatio     float64 `yaml:"sample_ratio" default:"1" min:"0" max:"1" doc:"The share of new traces that is recorded; a caller's own decision is followed."`
}

// Default returns the configuration of a process that is told nothing.
func Default() Config {
	var c Config
	d := decoder{
		origins: map[string]Source{},
		at:      func(int, int) Source { return Source{Layer: LayerDefault} },
	}
	for _, k := range keys(&c) {
		if k.defaultText != "" {
			d.text(k, k.defaultText)
		}
	}
	if len(d.problems) > 0 {
		panic("config: a default is wrong: " + d.problems[0].String())
	}
	return c
}
