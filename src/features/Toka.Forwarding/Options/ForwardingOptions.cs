using Toka.Configuration.Binding;

namespace Toka.Forwarding.Options;

/// <summary>The section <c>forwarding</c>: the queue on disk that all remotes share. Immutable.</summary>
public sealed record ForwardingOptions
{
    /// <summary>The defaults.</summary>
    public static ForwardingOptions Default { get; } = new();

    /// <summary>The most disk for samples that are not sent yet, in bytes; beyond it the oldest are dropped and counted. Default 1 GiB; 1 MiB to 1 TiB.</summary>
    public long BufferBytes { get; init; } = 1L << 30;

    /// <summary>The longest that samples wait; older ones are dropped and counted. Default 1 day; 1 min to 1 year.</summary>
    public TimeSpan BufferAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Declares and takes the keys.</summary>
    /// <param name="section">The section.</param>
    public static ForwardingOptions Bind(ConfigSection section)
    {
        ArgumentNullException.ThrowIfNull(section);
        return new ForwardingOptions
        {
            BufferBytes = section.Size("buffer_size", Default.BufferBytes, 1L << 20, 1L << 40, "The most disk for samples that are not sent to every remote yet; beyond it the oldest are dropped and counted.")!.Value,
            BufferAge = section.Duration("buffer_age", Default.BufferAge, TimeSpan.FromMinutes(1), TimeSpan.FromDays(365), "The longest that samples wait to be sent; older ones are dropped and counted."),
        };
    }
}
