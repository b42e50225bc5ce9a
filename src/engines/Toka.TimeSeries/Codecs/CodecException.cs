namespace Toka.TimeSeries.Codecs;

/// <summary>An encoded column that cannot be what an encoder wrote: cut short, damaged, or of a newer version.</summary>
/// <param name="message">What is wrong with it.</param>
internal sealed class CodecException(string message) : Exception(message);
