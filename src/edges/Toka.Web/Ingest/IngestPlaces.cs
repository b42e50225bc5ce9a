namespace Toka.Web.Ingest;

/// <summary>
/// The places for requests that bring samples, shared by all protocols. Each request holds a body, a batch and buffers, so
/// their number bounds memory. Thread-safe.
/// </summary>
public sealed class IngestPlaces
{
    /// <summary>Requests read, decoded or written at the same time: 16. With a few cores more at a time gain nothing.</summary>
    public const int Max = 16;

    private int _taken;

    /// <summary>Takes a place.</summary>
    /// <returns>Whether there was one; then <see cref="Leave"/> must be called.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _taken) <= Max)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _taken);
}
