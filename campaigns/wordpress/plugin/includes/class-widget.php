<?php
/**
 * The bar in a sidebar, for themes with classic widgets.
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

/**
 * The classic widget.
 */
class Widget extends \WP_Widget {

	public function __construct() {
		$told = array(
			'description'           => __( 'The live progress bar of a campaign.', 'tidemark' ),
			'show_instance_in_rest' => true,
		);
		parent::__construct( 'tidemark', 'Tidemark', $told );
	}

	/**
	 * For readers.
	 *
	 * @param array $args     What the theme puts around it.
	 * @param array $instance What was chosen.
	 */
	public function widget( $args, $instance ) {
		$element = element( $instance + array( 'kind' => 'compact' ) );
		if ( '' !== $element ) {
			echo $args['before_widget'] . $element . $args['after_widget']; // phpcs:ignore -- escaped where it is made
		}
	}

	/**
	 * For staff.
	 *
	 * @param array $instance What was chosen before.
	 */
	public function form( $instance ) {
		$this->show_text( $instance, 'campaign', __( 'Campaign', 'tidemark' ), __( 'The last part of its address, such as newsroom.', 'tidemark' ) );
		$this->show_choice( $instance, 'kind', __( 'Kind', 'tidemark' ), array_keys( preset()['sizes'] ), 'compact' );
		$this->show_choice( $instance, 'theme', __( 'Theme', 'tidemark' ), array( 'auto', 'light', 'dark' ), 'auto' );
		$this->show_text( $instance, 'embed', __( 'Saved look', 'tidemark' ), __( 'Its key, from Tidemark’s console. May be empty.', 'tidemark' ) );
		return '';
	}

	/**
	 * What is kept of what was typed.
	 *
	 * @param array $typed  What was typed.
	 * @param array $before What was there.
	 */
	public function update( $typed, $before ) {
		$typed = array_filter( $typed, 'is_string' );
		return look_of( $typed ) + array( 'campaign' => slug_of( $typed['campaign'] ?? '' ) );
	}

	private function show_text( array $instance, string $name, string $label, string $help ): void {
		printf(
			'<p><label for="%1$s">%2$s</label><input class="widefat" id="%1$s" name="%3$s" value="%4$s"><small>%5$s</small></p>',
			esc_attr( $this->get_field_id( $name ) ),
			esc_html( $label ),
			esc_attr( $this->get_field_name( $name ) ),
			esc_attr( $instance[ $name ] ?? '' ),
			esc_html( $help )
		);
	}

	private function show_choice( array $instance, string $name, string $label, array $values, string $usual ): void {
		printf(
			'<p><label for="%1$s">%2$s</label><select class="widefat" id="%1$s" name="%3$s">',
			esc_attr( $this->get_field_id( $name ) ),
			esc_html( $label ),
			esc_attr( $this->get_field_name( $name ) )
		);
		foreach ( $values as $value ) {
			$chosen = selected( $instance[ $name ] ?? $usual, $value, false );
			printf( '<option value="%1$s"%2$s>%1$s</option>', esc_attr( $value ), $chosen ); // phpcs:ignore
		}
		echo '</select></p>';
	}
}
