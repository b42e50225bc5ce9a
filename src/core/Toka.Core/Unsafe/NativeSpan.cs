namespace Toka.Core.Unsafe;

/// <summary>Memory of a native library as spans, so that the code that reads and writes it stays safe code.</summary>
public static unsafe class NativeSpan
{
    /// <summary>A view of native memory. The owner of the memory says how long it is valid.</summary>
    /// <typeparam name="T">What is in it.</typeparam>
    /// <param name="address">Where it begins; zero is an empty view.</param>
    /// <param name="length">How many there are.</param>
    public static Span<T> Of<T>(nint address, int length)
        where T : unmanaged => address == 0 ? default : new Span<T>((void*)address, length);
}
