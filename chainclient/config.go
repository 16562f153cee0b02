package chainclient

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Defaults of [Config].
const (
	// DefaultRequestTimeout bounds one request to an endpoint.
	DefaultRequestTimeout = 5 * time.Second
	// DefaultMaxResponse bounds the size of one answer of an endpoint, in bytes.
	DefaultMaxResponse = 32 << 20
	// DefaultCheckEvery is how often the endpoint in use is checked for chain id and catching up.
	DefaultCheckEvery = 15 * time.Second
	// DefaultMaxBehind is how many blocks an endpoint may lag behind what was already seen.
	DefaultMaxBehind = 5
)

// Config says which chain to talk to and how.
type Config struct {
	// ChainID that every endpoint must be on.
	ChainID string
	// Endpoints are CometBFT RPC base URLs (http or https), the preferred one first.
	Endpoints []string
	// RequestTimeout, MaxResponse, CheckEvery, MaxBehind: see the defaults of the same names.
	RequestTimeout time.Duration
	MaxResponse    int64
	CheckEvery     time.Duration
	MaxBehind      int64
	// MinPoll and MaxPoll bound how often a new block or a transaction is asked for. Defaults 50 ms and 2 s.
	MinPoll, MaxPoll time.Duration
	// HTTP is the client to use. Default: one with keep-alive and without a proxy.
	HTTP *http.Client
	// Logger hears of fail-over. Default: discard.
	Logger *slog.Logger
	// Now is the clock of back-off. Default time.Now.
	Now func() time.Time
}

func (c *Config) setDefaults() error {
	if c.ChainID == "" {
		return errors.New("chain client: no chain id; set chain.id in the configuration (curl <endpoint>/status shows it as network)")
	}
	if len(c.Endpoints) == 0 {
		return errors.New("chain client: no endpoints; set chain.endpoints, for example http://127.0.0.1:26657")
	}
	for i, endpoint := range c.Endpoints {
		normal, err := normalizeEndpoint(endpoint)
		if err != nil {
			return err
		}
		c.Endpoints[i] = normal
	}
	setDefault(&c.RequestTimeout, DefaultRequestTimeout)
	setDefault(&c.MaxResponse, DefaultMaxResponse)
	setDefault(&c.CheckEvery, DefaultCheckEvery)
	setDefault(&c.MaxBehind, DefaultMaxBehind)
	setDefault(&c.MinPoll, 50*time.Millisecond)
	setDefault(&c.MaxPoll, 2*time.Second)
	if c.HTTP == nil {
		c.HTTP = &http.Client{Transport: &http.Transport{
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     90 * time.Second,
		}}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

func normalizeEndpoint(endpoint string) (string, error) {
	text := endpoint
	if rest, ok := strings.CutPrefix(text, "tcp://"); ok { // how CometBFT's own configuration writes it
		text = "http://" + rest
	}
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", fmt.Errorf("chain client: endpoint %q is not a URL such as http://127.0.0.1:26657", withoutPassword(endpoint))
	}
	return strings.TrimRight(parsed.String(), "/"), nil
}

// withoutPassword is an endpoint as it may be logged.
func withoutPassword(endpoint string) string {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return "(not a URL)"
	}
	return parsed.Redacted()
}

// Price is what a unit of gas costs: an exact decimal amount of one denomination.
type Price struct {
	amount *big.Rat
	denom  string
}

var priceForm = regexp.MustCompile(`^([0-9]{1,18}(?:\.[0-9]{1,18})?)([a-zA-Z][a-zA-Z0-9/:._-]{2,127})$`)

// ParsePrice reads a price such as 0.001uagora. The empty string is a price of nothing.
func ParsePrice(text string) (Price, error) {
	if text == "" {
		return Price{}, nil
	}
	parts := priceForm.FindStringSubmatch(text)
	if parts == nil {
		return Price{}, fmt.Errorf("gas price %q: want a number and a denomination, such as 0.001uagora", text)
	}
	amount, ok := new(big.Rat).SetString(parts[1])
	if !ok {
		return Price{}, fmt.Errorf("gas price %q: %q is not a number", text, parts[1])
	}
	return Price{amount: amount, denom: parts[2]}, nil
}

// fee is the price of an amount of gas, rounded up so that it never falls below the node's minimum.
func (p Price) fee(gas uint64) (amount *big.Int, denom string) {
	if p.amount == nil || p.amount.Sign() == 0 {
		return new(big.Int), ""
	}
	total := new(big.Rat).Mul(p.amount, new(big.Rat).SetInt(new(big.Int).SetUint64(gas)))
	quotient, remainder := new(big.Int).QuoRem(total.Num(), total.Denom(), new(big.Int))
	if remainder.Sign() > 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return quotient, p.denom
}
