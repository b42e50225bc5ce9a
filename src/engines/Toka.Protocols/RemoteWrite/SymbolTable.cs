using System.Text.Unicode;
using Toka.Core.Errors;

namespace Toka.Protocols.RemoteWrite;

/// <summary>Where the texts of a request of 2.0 lie. Reused; not thread-safe.</summary>
internal sealed class SymbolTable
{
    /// <summary>
    /// Symbols of one request: with 250,000 series of some labels each there are fewer. Each takes a dozen bytes here, and two
    /// in an evil body.
    /// </summary>
    public const int SymbolsMax = 2_000_000;

    /// <summary>Places kept from request to request.</summary>
    public const int KeptMax = 64 * 1024;

    private Place[] _places = new Place[1024];

    /// <summary>The number of symbols.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        if (_places.Length > KeptMax)
        {
            _places = new Place[1024];
        }

        Count = 0;
    }

    /// <summary>Adds the next symbol.</summary>
    /// <param name="end">Where it ends in the body.</param>
    /// <param name="text">Its bytes.</param>
    public void Add(int end, ReadOnlySpan<byte> text)
    {
        if (Count == SymbolsMax)
        {
            throw new LimitExceededException("symbols", $"the request has more than {SymbolsMax} symbols; send smaller requests");
        }

        if (Count == _places.Length)
        {
            Array.Resize(ref _places, Count * 2);
        }

        _places[Count++] = new Place(end - text.Length, text.Length, Utf8.IsValid(text));
    }

    /// <summary>Finds a symbol.</summary>
    /// <param name="body">The body that it lies in.</param>
    /// <param name="reference">Its number, below <see cref="Count"/>.</param>
    /// <param name="isValid">Whether it is valid UTF-8.</param>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> body, int reference, out bool isValid)
    {
        ref readonly var place = ref _places[reference];
        isValid = place.IsValid;
        return body.Slice(place.Start, place.Length);
    }

    /// <summary>How long a symbol is, in bytes.</summary>
    public int LengthOf(int reference) => _places[reference].Length;

    private readonly record struct Place(int Start, int Length, bool IsValid);
}
