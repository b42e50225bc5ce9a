using Toka.Core.Limits;
using Toka.Monitoring.Scraping.Appending;
using Toka.Protocols.Exposition;

namespace Toka.Monitoring.Scraping.Fetching;

/// <summary>A body in an array that is given back. Disposed once, by whoever read it.</summary>
internal sealed class ScrapeBody : IDisposable
{
    /// <summary>The first array of a target that was never scraped.</summary>
    private const int BytesFirst = 32 * 1024;

    private readonly BodyRoom _room;
    private byte[] _bytes;

    private ScrapeBody(byte[] bytes, int length, BodyRoom room) => (_bytes, Length, _room) = (bytes, length, room);

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Its size after decompression.</summary>
    public int Length { get; }

    /// <summary>Its format.</summary>
    public ExpositionFormat Format { get; init; }

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The body after decompression.</param>
    /// <param name="expected">About how many bytes will come; what the target says of it is not trusted.</param>
    /// <param name="bytesMax">The most bytes.</param>
    /// <param name="format">The body's format.</param>
    /// <param name="room">What all bodies together may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ScrapeFailure">There are more, or there is no room.</exception>
    public static async ValueTask<ScrapeBody> ReadAsync(
        Stream stream, int expected, long bytesMax, ExpositionFormat format, BodyRoom room, CancellationToken cancellationToken)
    {
        var bytes = Rent((int)Math.Min(Math.Max(expected, BytesFirst), bytesMax + 1), room);
        var length = 0;
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(bytes.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return new ScrapeBody(bytes, length, room) { Format = format };
                }

                length += read;
                if (length > bytesMax)
                {
                    throw TooLarge(bytesMax);
                }

                if (length == bytes.Length)
                {
                    var larger = Rent((int)Math.Min(length * 2L, bytesMax + 1), room);
                    bytes.AsSpan(0, length).CopyTo(larger);
                    Return(bytes, room);
                    bytes = larger;
                }
            }
        }
        catch
        {
            Return(bytes, room);
            throw;
        }
    }

    /// <summary>That a body is larger than allowed.</summary>
    public static ScrapeFailure TooLarge(long bytesMax) =>
        new(ScrapeOutcome.BodySizeLimit, $"body_size_limit: the body has more than the limit of {bytesMax} bytes; raise body_size_limit of the job, or let the target send less");

    public void Dispose()
    {
        if (_bytes.Length > 0)
        {
            Return(_bytes, _room);
            _bytes = [];
        }
    }

    private static byte[] Rent(int bytes, BodyRoom room)
    {
        room.Take(bytes);
        var array = BodyArrays.Rent(bytes);
        room.Give(bytes - array.Length);
        return array;
    }

    private static void Return(byte[] bytes, BodyRoom room)
    {
        room.Give(bytes.Length);
        BodyArrays.Return(bytes);
    }
}
