package miner

import (
	"log/slog"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/agora-network/agora/engine/gpu"
)

// GPUs tells what the graphics processors of this machine do. *gpu.Reader is one.
type GPUs interface {
	Read() (gpu.Status, error)
	Close() error
}

var (
	gpuLabels      = []string{"gpu"}
	gpuInfo        = prometheus.NewDesc("agora_miner_gpu_info", "1 for each GPU of the machine, with its name and driver.", []string{"gpu", "name", "driver"}, nil)
	gpuMemoryUsed  = prometheus.NewDesc("agora_miner_gpu_memory_used_bytes", "Memory of the GPU in use, by any program.", gpuLabels, nil)
	gpuMemoryTotal = prometheus.NewDesc("agora_miner_gpu_memory_total_bytes", "Memory of the GPU.", gpuLabels, nil)
	gpuUtilization = prometheus.NewDesc("agora_miner_gpu_utilization_ratio", "Share of the last moments in which the GPU computed, 0 to 1.", gpuLabels, nil)
	gpuTemperature = prometheus.NewDesc("agora_miner_gpu_temperature_celsius", "Temperature of the GPU.", gpuLabels, nil)
	gpuPower       = prometheus.NewDesc("agora_miner_gpu_power_watts", "What the GPU draws.", gpuLabels, nil)
)

// gpuCollector reads the GPUs when metrics are read. What a GPU does not report has no metric.
type gpuCollector struct {
	gpus GPUs
	log  *slog.Logger

	mu   sync.Mutex // guards said
	said string     // trouble that was logged last
}

// Describe implements prometheus.Collector.
func (c *gpuCollector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{gpuInfo, gpuMemoryUsed, gpuMemoryTotal, gpuUtilization, gpuTemperature, gpuPower} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (c *gpuCollector) Collect(to chan<- prometheus.Metric) {
	status := c.read()
	for _, d := range status.Devices {
		index := strconv.Itoa(d.Index)
		to <- prometheus.MustNewConstMetric(gpuInfo, prometheus.GaugeValue, 1, index, d.Name, status.Driver)
		for _, one := range []struct {
			desc  *prometheus.Desc
			value int64
			unit  float64
		}{
			{gpuMemoryUsed, d.MemoryUsed, 1},
			{gpuMemoryTotal, d.MemoryTotal, 1},
			{gpuUtilization, int64(d.Utilization), 100},
			{gpuTemperature, int64(d.Temperature), 1},
			{gpuPower, d.Power, 1000},
		} {
			if one.value != gpu.Unknown {
				to <- prometheus.MustNewConstMetric(one.desc, prometheus.GaugeValue, float64(one.value)/one.unit, index)
			}
		}
	}
}

// read says what is wrong, or that there is nothing, once.
func (c *gpuCollector) read() gpu.Status {
	status, err := c.gpus.Read()
	c.mu.Lock()
	defer c.mu.Unlock()
	trouble := status.Absent
	if err != nil {
		trouble = err.Error()
	}
	switch {
	case trouble == c.said:
	case err != nil:
		c.log.Warn("the GPUs cannot be read", "error", err)
	case trouble != "":
		c.log.Info("no GPU metrics", "because", trouble)
	}
	c.said = trouble
	return status
}
