using Toka.Configuration.Binding;

namespace Toka.Forwarding.Options;

/// <summary>The section <c>queue_config</c> of a remote. Immutable. Source: Prometheus, "Configuration", <c>remote_write</c>.</summary>
public sealed record QueueOptions
{
    /// <summary>Prometheus's defaults, except that 429 is tried again.</summary>
    public static QueueOptions Default { get; } = new();

    /// <summary>Samples in the memory of one shard. Default 10,000; 1 to 1,000,000.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>The most shards, which are requests at the same time. Default 50; 1 to 1,000.</summary>
    public int MaxShards { get; init; } = 50;

    /// <summary>The fewest shards. Default 1; 1 to 1,000.</summary>
    public int MinShards { get; init; } = 1;

    /// <summary>Samples of one request. Default 2,000; 1 to 100,000.</summary>
    public int MaxSamplesPerSend { get; init; } = 2000;

    /// <summary>How long a sample waits for others to be sent with. Default 5 s; 1 ms to 1 h.</summary>
    public TimeSpan BatchSendDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The pause after a first failure; it doubles with each further one. Default 30 ms; 1 ms to 1 h.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>The longest pause, unless the remote asks for a longer one. Default 5 s; 1 ms to 1 h.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether samples refused with 429 are sent again. Default true; Prometheus's is false, which loses them.</summary>
    public bool RetryOnHttp429 { get; init; } = true;

    /// <summary>Samples older than this are dropped instead of sent; zero for no limit. Default 0; to 100 years.</summary>
    public TimeSpan SampleAgeLimit { get; init; }

    /// <summary>Declares and takes the keys.</summary>
    /// <param name="section">The section.</param>
    public static QueueOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var (shortest, longest) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        var options = new QueueOptions
        {
            Capacity = section.Integer("capacity", Default.Capacity, 1, 1_000_000, "Samples in the memory of one shard; the others wait on disk."),
            MaxShards = section.Integer("max_shards", Default.MaxShards, 1, 1000, "The most shards: requests at the same time."),
            MinShards = section.Integer("min_shards", Default.MinShards, 1, 1000, "The fewest shards."),
            MaxSamplesPerSend = section.Integer("max_samples_per_send", Default.MaxSamplesPerSend, 1, 100_000, "The most samples of one request."),
            BatchSendDeadline = section.Duration("batch_send_deadline", Default.BatchSendDeadline, shortest, longest, "How long a sample waits for others to be sent with."),
            MinBackoff = section.Duration("min_backoff", Default.MinBackoff, shortest, longest, "The pause after a first failure; it doubles with each further one."),
            MaxBackoff = section.Duration("max_backoff", Default.MaxBackoff, shortest, longest, "The longest pause, unless the remote asks for a longer one."),
            RetryOnHttp429 = section.Boolean("retry_on_http_429", Default.RetryOnHttp429, "Samples refused with status 429 are sent again; else they are dropped."),
            SampleAgeLimit = section.Duration("sample_age_limit", Default.SampleAgeLimit, TimeSpan.Zero, TimeSpan.FromDays(36_500), "Samples older than this are dropped instead of sent; 0s for no limit."),
        };
        if (options.MinShards > options.MaxShards)
        {
            section.Fault("min_shards", $"{options.MinShards} is above max_shards, {options.MaxShards}; write a smaller one");
        }

        if (options.MinBackoff > options.MaxBackoff)
        {
            section.Fault("min_backoff", "is above max_backoff; write a shorter one");
        }

        return options;
    }
}

/// <summary>The section <c>metadata_config</c> of a remote. Immutable.</summary>
public sealed record MetadataOptions
{
    /// <summary>Prometheus's defaults.</summary>
    public static MetadataOptions Default { get; } = new();

    /// <summary>Whether metadata is sent. Default true.</summary>
    public bool Send { get; init; } = true;

    /// <summary>How often all of it is sent with protocol 1.0; 2.0 has it beside the samples. Default 1 min; 1 s to 1 day.</summary>
    public TimeSpan SendInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Families of one request with protocol 1.0. Default 2,000; 1 to 100,000.</summary>
    public int MaxSamplesPerSend { get; init; } = 2000;

    /// <summary>Declares and takes the keys.</summary>
    /// <param name="section">The section.</param>
    public static MetadataOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new MetadataOptions
        {
            Send = section.Boolean("send", Default.Send, "Types, units and help texts of metrics are sent."),
            SendInterval = section.Duration("send_interval", Default.SendInterval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), "How often all of it is sent with protocol 1.0; 2.0 has it beside the samples."),
            MaxSamplesPerSend = section.Integer("max_samples_per_send", Default.MaxSamplesPerSend, 1, 100_000, "The most metric families of one request of protocol 1.0."),
        };
    }
}
